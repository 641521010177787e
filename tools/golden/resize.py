#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for tests/test_ops_resize.c: torch, Pillow and OpenCV.

    python3 tools/golden/resize.py > tests/golden/resize_golden.h

Needs python3-torch, python3-pil and python3-numpy; the header in the
repository was made with torch 1.13.0, Pillow 9.4.0 and numpy 1.24.2 (Debian
12).  OpenCV's rule is written out below; where the module cv2 is installed it
must agree.  Photos are not stored: the C test makes the same bytes.
"""
import numpy
import PIL
import torch
from PIL import Image

MASK = 2**64 - 1
MEAN = numpy.array([0.485, 0.456, 0.406], dtype=numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], dtype=numpy.float32)
CAFFE_MEAN = numpy.array([102.9801, 115.9465, 122.7717], dtype=numpy.float32)

# seed, in_h, in_w, out_h, out_w, first column and row kept: a corner of a
# large output says as much as all of it.
LINEAR = [
    (1, 5, 7, 9, 12, 0, 0), (2, 9, 12, 5, 7, 0, 0), (3, 4, 6, 4, 6, 0, 0),
    (4, 1, 1, 3, 4, 0, 0), (5, 6, 5, 1, 1, 0, 0), (6, 6, 5, 6, 9, 0, 0),
    (7, 40, 50, 3, 4, 0, 0), (8, 2, 3, 30, 40, 35, 24),
    (9, 8, 640, 12, 1066, 1056, 6), (10, 333, 3, 799, 7, 0, 791),
    (11, 12, 8, 6, 4, 0, 0)]


# torch has another kernel, other roundings, where height + width <= 128; these
# outputs are larger, as every network's input is.
TORCH = LINEAR + [
    (21, 48, 64, 75, 100, 90, 66), (22, 97, 131, 80, 107, 98, 71),
    (23, 30, 20, 60, 40, 36, 50), (24, 30, 45, 60, 90, 80, 52),
    (25, 300, 9, 675, 20, 8, 664), (26, 10, 500, 16, 800, 788, 8),
    (27, 90, 120, 45, 91, 80, 36), (28, 1, 150, 2, 240, 228, 0),
    (29, 70, 75, 70, 75, 63, 60)]


def photo(seed, height, width):
    state, data = seed, bytearray()
    for _ in range(height * width * 3):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        data.append((z ^ (z >> 31)) >> 56)
    return numpy.frombuffer(bytes(data), numpy.uint8).reshape(height, width, 3)


def resize_torch(image, height, width):
    """torchvision's GeneralizedRCNNTransform: normalise, then interpolate.

    The tensor stays channels-last, as to_tensor's is.  With one thread torch
    takes the kernel of the small outputs for large ones too.
    """
    torch.set_num_threads(2)
    x = torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255
    x = (x - torch.from_numpy(MEAN)[:, None, None]) / torch.from_numpy(
        STD)[:, None, None]
    out = torch.nn.functional.interpolate(
        x[None], size=(height, width), mode="bilinear", align_corners=False)
    return out[0].permute(1, 2, 0).contiguous().numpy()


def resize_pillow(image, height, width):
    return numpy.asarray(
        Image.fromarray(image).resize((width, height), Image.BILINEAR))


def opencv_taps(size_in, size_out):
    index = numpy.arange(size_out)
    source = ((index + 0.5) * (size_in / size_out) - 0.5).astype(numpy.float32)
    first = numpy.floor(source).astype(int)
    weight = source - first.astype(numpy.float32)
    outside = (first < 0) | (first >= size_in - 1)
    weight[outside] = 0
    first = numpy.clip(first, 0, size_in - 1)
    return first, numpy.minimum(first + 1, size_in - 1), weight


def resize_opencv(image, height, width):
    """py-faster-rcnn: subtract the mean in float32, then INTER_LINEAR."""
    x = image[:, :, ::-1].astype(numpy.float32) - CAFFE_MEAN
    a, b, weight = opencv_taps(x.shape[1], width)
    weight = weight[None, :, None]
    rows = x[:, a] * (1 - weight) + x[:, b] * weight
    a, b, weight = opencv_taps(x.shape[0], height)
    weight = weight[:, None, None]
    out = rows[a] * (1 - weight) + rows[b] * weight
    try:
        import cv2
    except ImportError:
        return out
    theirs = cv2.resize(x, (width, height), interpolation=cv2.INTER_LINEAR)
    assert numpy.abs(out - theirs).max() <= 1e-4 * 255
    return out


def print_values(kind, name, texts):
    print(f"static const {kind} {name}[] = {{")
    line = "   "
    for text in texts:
        if len(line) + len(text) + 2 > 79:
            print(line)
            line = "   "
        line += f" {text},"
    print(line + "\n};")


def literal(value):
    text = "%.9g" % value
    return text + ("f" if any(c in text for c in ".e") else ".0f")


def golden(name, kind, resize, cases, show):
    rows = []
    for case in cases:
        seed, in_h, in_w, out_h, out_w, x0, y0 = case
        out = resize(photo(seed, in_h, in_w), out_h, out_w)
        values = out[y0:, x0:].flatten().tolist()
        array = f"golden_{name}_{seed}"
        print_values(kind, array, [show(v) for v in values])
        rows.append("    {" + ", ".join(map(str, case)) + f", {array}}},")
    print(f"static const struct golden_{name} golden_{name}[] = {{")
    print("\n".join(rows) + "\n};\n")


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Made by tools/golden/resize.py with torch {torch.__version__},\n"
          f" * Pillow {PIL.__version__}, numpy {numpy.__version__}; "
          "do not edit. */")
    print("#ifndef TESTS_RESIZE_GOLDEN_H\n#define TESTS_RESIZE_GOLDEN_H\n")
    print("#include <stdint.h>\n")
    for name, kind in (("torch", "float"), ("pillow", "uint8_t"),
                       ("opencv", "float")):
        print(f"struct golden_{name} {{\n    uint64_t seed;\n"
              "    int32_t in_h, in_w, out_h, out_w;\n"
              "    int32_t x0, y0; /* what is kept begins here */\n"
              f"    const {kind} *values; /* [out_h - y0, out_w - x0, 3] */\n"
              "};\n")
    golden("torch", "float", resize_torch, TORCH, literal)
    golden("pillow", "uint8_t", resize_pillow, LINEAR + [
        (12, 60, 80, 17, 23, 0, 0), (13, 7, 90, 7, 11, 0, 0),
        (14, 90, 7, 11, 7, 0, 0), (15, 3, 700, 2, 9, 0, 0),
        (16, 480, 4, 800, 3, 0, 760)], str)
    golden("opencv", "float", resize_opencv, LINEAR, literal)
    print("#endif")


main()
