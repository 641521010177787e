#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for tests/test_module_gradients.c from torch's autograd, in
double precision.

    python3 tools/golden/module_gradients.py > tests/golden/module_gradients.h

Needs python3-torch and python3-torchvision; the header in the repository was
made with torch 1.13.0 and torchvision 0.14.1 (Debian 12).  Every array is a
stretch of splitmix64 that begins at a hash of its name, so that neither
inputs nor gradients are stored: of each output and gradient the header has its
product with a random array and the sum of its magnitudes.
"""
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

import mnc

MASK = 2**64 - 1


def hash_of(name):
    """FNV-1a."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def numbers(name, count):
    """Multiples of 2^-23 in [-1, 1)."""
    state, out = hash_of(name), []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        out.append((z >> 40) * 2.0**-23 - 1.0)
    return torch.tensor(out, dtype=torch.float64)


def array(name, shape):
    return numbers(name, int(torch.tensor(shape).prod())).reshape(shape)


def map_(name, n, h, w, c):
    """Drawn in the library's order, returned in torch's."""
    return array(name, (n, h, w, c)).permute(0, 3, 1, 2).contiguous()


def parameter(name, shape):
    values = array(name, tuple(shape))
    if len(shape) > 1:
        fan_in = values[0].numel()
        return (values * (3.0 / fan_in) ** 0.5).float().double()
    if name.endswith("running_var"):
        return (1.0 + 0.5 * values).float().double()
    if name.endswith(".weight"):
        return (1.0 + 0.25 * values).float().double()
    return (0.1 * values).float().double()


class OptionA(nn.Module):
    """akamaster's LambdaLayer, on torchvision's basic block."""

    def forward(self, x):
        extra = x.shape[1] // 2
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra))


class Plain(BasicBlock):
    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


def down(inputs, outputs, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                         nn.BatchNorm2d(outputs))


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.fpn = FeaturePyramidNetwork([8, 16, 24, 32], 256,
                                         extra_blocks=LastLevelMaxPool())

    def forward(self, *maps):
        return list(self.fpn({str(i): m for i, m in enumerate(maps)}).values())


class Rpn(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = RPNHead(12, 3)

    def forward(self, *maps):
        logits, deltas = self.head(list(maps))
        return logits + deltas


class BoxHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.box_head = TwoMLPHead(8 * 49, 1024)
        self.box_predictor = FastRCNNPredictor(1024, 5)

    def forward(self, x):
        return list(self.box_predictor(self.box_head(x)))


class Masks(nn.Module):
    """The logits of one class for each RoI."""

    def __init__(self):
        super().__init__()
        self.mask_head = MaskRCNNHeads(10, (256,) * 4, 1)
        self.mask_predictor = MaskRCNNPredictor(256, 256, 4)

    def forward(self, x):
        logits = self.mask_predictor(self.mask_head(x))
        picked = [logits[i, c] for i, c in enumerate((2, 0, 3))]
        return [torch.stack(picked)[:, None]]


class Cifar(nn.Module):
    """ResNet-20 of option A with names as torchvision's."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        width = 16
        for i in range(3):
            blocks = []
            for j in range(3):
                out = 16 << i
                stride = 2 if i and not j else 1
                blocks.append(BasicBlock(width, out, stride,
                                         OptionA() if stride == 2 else None))
                width = out
            setattr(self, "layer%d" % (i + 1), nn.Sequential(*blocks))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return [self.fc(x.mean((2, 3)))]


def block(kind, inputs, planes, stride, shortcut=None, **more):
    return kind(inputs, planes, stride, shortcut, **more)


# name, module, input shapes [N, H, W, C], batch statistics
CASES = [
    ("basic_identity", block(BasicBlock, 16, 16, 1), [(3, 9, 7, 16)], True),
    ("basic_b", block(BasicBlock, 16, 24, 2, down(16, 24, 2)), [(2, 9, 7, 16)], True),
    ("basic_a", block(BasicBlock, 16, 32, 2, OptionA()), [(2, 8, 7, 16)], True),
    ("basic_plain", block(Plain, 16, 32, 2), [(2, 8, 7, 16)], True),
    ("bottleneck", block(Bottleneck, 24, 8, 2, down(24, 32, 2)), [(2, 9, 8, 24)], True),
    ("bottleneck_fixed", block(Bottleneck, 32, 8, 1), [(2, 5, 8, 32)], False),
    ("bottleneck_groups", block(Bottleneck, 64, 16, 1, None, groups=4, base_width=64),
     [(1, 6, 5, 64)], True),
    ("pyramid", Pyramid(), [(1, 24, 20, 8), (1, 12, 10, 16), (1, 6, 5, 24), (1, 3, 3, 32)], True),
    ("rpn", Rpn(), [(2, 7, 9, 12), (2, 4, 5, 12)], True),
    ("box_head", BoxHead(), [(5, 7, 7, 8)], True),
    ("masks", Masks(), [(3, 6, 6, 10)], True),
    ("mnc_pooled", mnc.Head(28), [(2, 6, 5, 6), (9, 1, 1, 4)], True),
    ("mnc_direct", mnc.Head(14), [(2, 6, 5, 6), (9, 1, 1, 4)], True),
    ("resnet20", Cifar(), [(9, 32, 32, 3)], True),
]

# The library's names of modules that torchvision saves otherwise.
RENAMES = [("mask_head.mask_fcn%d." % i, "mask_head.%d.0." % (i - 1)) for i in (1, 2, 3, 4)]


def rename(name):
    for old, new in RENAMES:
        name = name.replace(old, new)
    return name


def row(case, kind, name, values):
    flat = values.detach().reshape(-1)
    dot = float(flat @ numbers(case + "/" + kind + "/" + name, flat.numel()))
    return '    {"%s", "%s", "%s",\n     %.17g, %.17g},' % (
        case, kind, name, dot, float(flat.abs().sum()))


def nhwc(values):
    return values.permute(0, 2, 3, 1) if values.dim() == 4 else values


def run(case, module, shapes, batch):
    module = module.double()
    state = {name: value if name.endswith("num_batches_tracked")
             else parameter(rename(name), value.shape)
             for name, value in module.state_dict().items()}
    module.load_state_dict(state)
    module.train(batch)
    inputs = [map_("%s/input%d" % (case, i), *shape).requires_grad_()
              for i, shape in enumerate(shapes)]
    outputs = module(*inputs)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    loss = 0
    for i, out in enumerate(outputs):
        out = nhwc(out)
        loss = loss + (out * array("%s/weight%d" % (case, i), tuple(out.shape))).sum()
        print(row(case, "output", str(i), out))
    loss.backward()
    for i, value in enumerate(inputs):
        print(row(case, "input", str(i), nhwc(value.grad)))
    for name, value in module.named_parameters():
        if batch or not (".bn" in "." + name or "downsample.1" in name):
            print(row(case, "gradient", rename(name), value.grad))
    for name, value in module.named_buffers():
        if batch and not name.endswith("num_batches_tracked"):
            print(row(case, "statistic", rename(name), value))


print("/* SPDX-License-Identifier: MIT */")
print("/* Made by tools/golden/module_gradients.py. */")
print("static const struct golden_row golden_rows[] = {")
for case_ in CASES:
    run(*case_)
print("};")
