# SPDX-License-Identifier: MIT
"""Caffe's networks in torch, from the numbers that a .caffemodel holds: layers
by Caffe's names, each a list of arrays, and what its layers do with them.

Rules: BVLC/caffe src/caffe/layers, KaimingHe/deep-residual-networks prototxt,
py-faster-rcnn lib.  Nothing here knows the library's names.
"""
import numpy
import torch
from torch.nn import functional

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGG = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def block_names(depth):
    for stage, blocks in enumerate(BLOCKS[depth], start=2):
        for block in range(blocks):
            numbered = depth != 50 and stage in (3, 4) and block > 0
            yield stage, block, (f"{stage}b{block}" if numbered else
                                 f"{stage}{chr(ord('a') + block)}")


# ------------------------------------------------------------------ numbers

def random_norm(layers, rng, name, channels, gain, variance=1.0):
    """Sums and a factor, as BatchNorm keeps them, and a Scale layer."""
    factor = float(rng.uniform(0.5, 900.0))
    layers["bn" + name] = [
        (rng.normal(0, 0.1, channels) * variance ** 0.5 * factor).astype("f4"),
        (rng.uniform(0.8, 1.2, channels) * variance * factor).astype("f4"),
        numpy.float32([factor])]
    layers["scale" + name] = [
        (rng.uniform(0.8, 1.2, channels) * gain).astype("f4"),
        rng.normal(0, 0.1, channels).astype("f4")]


def random_conv(rng, channels, inputs, side):
    deviation = (2.0 / (inputs * side * side)) ** 0.5
    return rng.standard_normal((channels, inputs, side, side),
                               "f4") * numpy.float32(deviation)


def random_resnet(depth, seed):
    rng = numpy.random.default_rng(seed)
    layers = {"conv1": [random_conv(rng, 64, 3, 7)]}
    if depth == 50:
        layers["conv1"].append(rng.normal(0, 20, 64).astype("f4"))
    random_norm(layers, rng, "_conv1", 64, 1.0, 1e4)
    inputs = 64
    for stage, block, name in block_names(depth):
        width = 64 << (stage - 2)
        shapes = [("2a", width, inputs, 1), ("2b", width, width, 3),
                  ("2c", 4 * width, width, 1)]
        if block == 0:
            shapes.insert(0, ("1", 4 * width, inputs, 1))
        for branch, k, c, side in shapes:
            part = f"{name}_branch{branch}"
            layers["res" + part] = [random_conv(rng, k, c, side)]
            random_norm(layers, rng, part, k, 0.3 if branch == "2c" else 1.0)
        inputs = 4 * width
    layers["fc1000"] = [
        (rng.standard_normal((1000, inputs)) * 0.05).astype("f4"),
        rng.normal(0, 0.5, 1000).astype("f4")]
    return layers


def random_vgg(seed):
    """The classifier."""
    rng = numpy.random.default_rng(seed)
    layers, inputs = {}, 3
    for block, (convs, channels) in enumerate(VGG, start=1):
        for i in range(convs):
            weight = random_conv(rng, channels, inputs, 3)
            if inputs == 3:
                weight /= 100
            layers[f"conv{block}_{i + 1}"] = [
                weight, rng.normal(0, 0.1, channels).astype("f4")]
            inputs = channels
    for name, k, c in (("fc6", 4096, 25088), ("fc7", 4096, 4096),
                       ("fc8", 1000, 4096)):
        layers[name] = [
            rng.standard_normal((k, c), "f4") * numpy.float32((2 / c) ** 0.5),
            rng.normal(0, 0.1, k).astype("f4")]
    return layers


# ------------------------------------------------------------------- layers

def tensors(layers, name):
    return [torch.from_numpy(numpy.ascontiguousarray(blob))
            for blob in layers[name]]


def conv(layers, name, x, stride=1, pad=0):
    blobs = tensors(layers, name)
    return functional.conv2d(x, blobs[0], blobs[1] if len(blobs) > 1 else None,
                             stride=stride, padding=pad)


def norm(layers, name, x):
    """BatchNorm with use_global_stats, then Scale with a bias."""
    mean, variance, factor = tensors(layers, "bn" + name)
    share = 0.0 if factor.item() == 0 else 1.0 / factor.item()
    gamma, beta = tensors(layers, "scale" + name)
    side = (1, -1, 1, 1)
    x = (x - (mean * share).view(side)) / torch.sqrt(
        (variance * share).view(side) + 1e-5)
    return x * gamma.view(side) + beta.view(side)


def pool(x, kernel):
    return functional.max_pool2d(x, kernel, 2, 0, ceil_mode=True)


def branch(layers, name, x, stride, pad, relu):
    x = norm(layers, name, conv(layers, "res" + name, x, stride, pad))
    return functional.relu(x) if relu else x


def resnet(layers, depth, image):
    """[1, 3, H, W] -> logits, the mean over all places before fc1000."""
    x = norm(layers, "_conv1", conv(layers, "conv1", image, 2, 3))
    x = pool(functional.relu(x), 3)
    for stage, block, name in block_names(depth):
        stride = 2 if block == 0 and stage > 2 else 1
        part = name + "_branch"
        shortcut = (branch(layers, part + "1", x, stride, 0, False)
                    if block == 0 else x)
        x = branch(layers, part + "2a", x, stride, 0, True)
        x = branch(layers, part + "2b", x, 1, 1, True)
        x = branch(layers, part + "2c", x, 1, 0, False)
        x = functional.relu(x + shortcut)
    weight, bias = tensors(layers, "fc1000")
    return functional.linear(x.mean(dim=(2, 3)), weight, bias)


def vgg_convs(layers, image):
    x = image
    for block, (convs, _) in enumerate(VGG, start=1):
        if block > 1:
            x = pool(x, 2)
        for i in range(convs):
            x = functional.relu(conv(layers, f"conv{block}_{i + 1}", x, 1, 1))
    return x


def inner_product(layers, name, x):
    weight, bias = tensors(layers, name)
    return functional.linear(x.flatten(1), weight.view(-1, weight.shape[-1]),
                             bias.flatten())


def vgg(layers, image):
    """The mean of the class scores of all 7 x 7 windows of pool5."""
    maps = pool(vgg_convs(layers, image), 2)
    windows = [maps[:, :, y:y + 7, x:x + 7]
               for y in range(maps.shape[2] - 6)
               for x in range(maps.shape[3] - 6)]
    scores = []
    for x in windows:
        x = functional.relu(inner_product(layers, "fc6", x))
        x = functional.relu(inner_product(layers, "fc7", x))
        scores.append(inner_product(layers, "fc8", x))
    return torch.stack(scores).mean(dim=0)
