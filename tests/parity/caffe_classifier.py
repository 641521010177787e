#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same numbers in a Caffe network and in the model made of its file.

usage: caffe_classifier.py CONVERT CLASSIFY ACTIVATIONS NETWORK

NETWORK is resnet50, resnet101, resnet152 or vgg16.  Writes a .caffemodel with
the published layers' names and shapes, converts it, and compares the logits of
one window and of a larger image to 1e-4 of the largest.  detect-classify then
looks at a photo's middle, at ten windows, at all of it, and at all of it at three
scales, as Pillow resizes it.  Skipped (77) without python3-torch and python3-pil.
"""
import os
import subprocess
import sys
import tempfile
import zlib
import struct

try:
    import numpy
    import torch
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error}")
    raise SystemExit(77)

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_file  # noqa: E402
import caffe_reference as reference  # noqa: E402

TOLERANCE = 1e-4
MEANS = {"resnet": (103.0626238, 115.90288257, 123.15163084),
         "vgg": (103.939, 116.779, 123.68)}
SIDES = ((224, 224), (256, 320))
SCALES = (224, 256, 307)


def write_resnet(layers):
    kinds = {"bn": "BatchNorm", "scale": "Scale", "fc": "InnerProduct"}
    parts = []
    for name, blobs in layers.items():
        kind = next((k for p, k in kinds.items() if name.startswith(p)),
                    "Convolution")
        parts.append(caffe_file.layer(name, kind,
                                      [caffe_file.blob(b) for b in blobs]))
        parts.append(caffe_file.layer(name + "_relu", "ReLU", []))
    return caffe_file.net("ResNet", parts)


def write_vgg(layers):
    """As VGG_ILSVRC_16_layers is: V1 layers, shapes of four sides."""
    parts = []
    for name, blobs in layers.items():
        kind = 14 if name.startswith("fc") else 4
        parts.append(caffe_file.layer_v1(
            name, kind, [caffe_file.old_blob(b) for b in blobs]))
    return caffe_file.net("VGG_ILSVRC_16_layers", parts)


def network(name, seed=7):
    """Its file, and logits of [1, 3, H, W]."""
    if name == "vgg16":
        layers = reference.random_vgg(seed)
        return write_vgg(layers), lambda x: reference.vgg(layers, x)
    depth = int(name[len("resnet"):])
    layers = reference.random_resnet(depth, seed)
    return write_resnet(layers), lambda x: reference.resnet(layers, depth, x)


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def compare(what, ours, theirs):
    error = numpy.abs(ours - theirs).max() / numpy.abs(theirs).max()
    print(f"{what}: {error:.2g} of the largest of {theirs.size} numbers")
    if not error <= TOLERANCE:
        raise SystemExit(f"{what}: more than {TOLERANCE}")


def check_logits(activations, model, forward, work):
    for h, w in SIDES:
        rng = numpy.random.default_rng(h)
        image = rng.uniform(-128, 128, (h, w, 3)).astype("<f4")
        image.tofile(work + "/in")
        run(activations, model, work + "/in", str(h), str(w), work + "/out")
        theirs = forward(torch.from_numpy(image.transpose(2, 0, 1)[None].copy()))
        compare(f"logits of {h} x {w}", numpy.fromfile(work + "/out", "<f4"),
                theirs.numpy()[0])


def write_png(path, image):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    h, w, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(
            b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def windows(views, x):
    """Of [1, 3, 256, 320]; torchvision's ten_crop has the same order."""
    if views == "full":
        corners = [x]
    elif views == "center":
        return [x[:, :, 16:240, 48:272]]
    else:
        corners = [x[:, :, t:t + 224, l:l + 224]
                   for t, l in ((0, 0), (0, 96), (32, 0), (32, 96), (16, 48))]
    return corners + [c.flip(3) for c in corners]


def at_scale(photo, scale, mean):
    """[1, 3, H, W] with this shorter side, of a photo that is wider than high."""
    h, w, _ = photo.shape
    size = (w * scale // h, scale)
    image = numpy.asarray(Image.fromarray(photo).resize(size, Image.BILINEAR))
    image = image[:, :, ::-1].astype("f4") - mean
    return torch.from_numpy(image.transpose(2, 0, 1)[None].copy())


def check_scales(classify, model, forward, photo, mean, path):
    ours = read_probabilities(run(
        classify, "-q", "-m", model, "--views=full", "--json", "--top=1000",
        "--scales=" + ",".join(str(s) for s in SCALES), path))
    views = [v for s in SCALES for v in windows("full", at_scale(photo, s, mean))]
    theirs = torch.cat([forward(v) for v in views])
    compare("%d scales" % len(SCALES), ours, theirs.softmax(1).mean(0).numpy())


def check_views(classify, model, forward, name, work):
    rng = numpy.random.default_rng(11)
    coarse = rng.integers(0, 256, (16, 20, 3))
    photo = numpy.kron(coarse, numpy.ones((16, 16, 1))).astype("u1")
    write_png(work + "/photo.png", photo)
    mean = numpy.float32(MEANS[name.rstrip("0123456789")])
    image = photo[:, :, ::-1].astype("f4") - mean
    x = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    for views in ("center", "ten", "full"):
        command = [classify, "-q", "-m", model, "--views=" + views, "--json",
                   "--top=1000", work + "/photo.png"]
        if views == "full":
            command.append("--scales=256")
        ours = read_probabilities(run(*command))
        theirs = torch.cat([forward(v) for v in windows(views, x)])
        compare(views, ours, theirs.softmax(1).mean(0).numpy())
    check_scales(classify, model, forward, photo, mean, work + "/photo.png")


def read_probabilities(text):
    import json
    found = numpy.zeros(1000, "f4")
    for entry in json.loads(text)["classes"]:
        found[entry["label"]] = entry["probability"]
    return found


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    convert, classify, activations, name = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work, torch.no_grad():
        data, forward = network(name)
        with open(work + "/net.caffemodel", "wb") as out:
            out.write(data)
        del data
        model = work + "/model.safetensors"
        run(convert, "-q", work + "/net.caffemodel", "-o", model)
        os.remove(work + "/net.caffemodel")
        check_logits(activations, model, forward, work)
        check_views(classify, model, forward, name, work)


if __name__ == "__main__":
    main()
