#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for tests/test_ops_*.c from torch and torchvision.

    python3 tools/golden/ops.py > tests/golden/ops_golden.h

Needs python3-torch and python3-torchvision; the header in the repository was
made with torch 1.13.0 and torchvision 0.14.1 (Debian 12).  Inputs are not
stored: the C tests make them from the seed with the same generator
(tests/ops_harness.h), in the order in which they are drawn here.
"""
import torch
import torch.nn.functional as F
import torchvision

MASK = 2**64 - 1


class Random:
    """splitmix64."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def tensor(self, *shape):
        """Multiples of 2^-23 in [-1, 1), exact in float32."""
        count = 1
        for side in shape:
            count *= side
        values = [(self.bits() >> 40) * 2.0**-23 - 1.0 for _ in range(count)]
        return torch.tensor(values, dtype=torch.float32).reshape(shape)

    def map(self, n, h, w, c):
        """Drawn in the library's order, returned in torch's."""
        return self.tensor(n, h, w, c).permute(0, 3, 1, 2).contiguous()


def floats(values):
    """C literals of at most 79 columns."""
    lines, line = [], "   "
    for value in values:
        text = " %.9g" % value
        if not any(c in text for c in ".en"):
            text += ".0"
        text += "f,"
        if len(line) + len(text) > 79:
            lines.append(line)
            line = "   "
        line += text
    return "\n".join(lines + [line])


class Table:
    """Arrays of numbers, then one array of structs that point at them."""

    def __init__(self, name, fields):
        self.name, self.rows = name, []
        print(f"#ifdef {name.upper()}")
        print(f"struct {name} {{")
        print("    uint64_t seed;")
        for kind, names in fields:
            print(f"    {kind} {names};")
        print("    int32_t count;\n    const float *values;\n};\n")

    def add(self, fields, out):
        """`out` is NCHW."""
        values = out.permute(0, 2, 3, 1).flatten().tolist()
        name = f"{self.name}_{len(self.rows)}"
        print(f"static const float {name}[] = {{")
        print(floats(values) + "\n};")
        shown = ", ".join(repr(f) for f in fields)
        self.rows.append(f"    {{{shown}, {len(values)}, {name}}},")

    def end(self):
        print(f"\nstatic const struct {self.name} {self.name}[] = {{")
        print("\n".join(self.rows))
        print("};\n#endif\n")


def conv2d():
    table = Table("golden_conv2d", [
        ("int32_t", "n, h, w, c, k, kernel, stride, pad, dilation, groups")])
    for row in [
            (11, 1, 5, 6, 3, 4, 1, 1, 0, 1, 1),
            (12, 2, 5, 5, 3, 4, 3, 1, 1, 1, 1),
            (13, 1, 7, 8, 4, 6, 3, 2, 1, 1, 2),
            (14, 1, 8, 7, 4, 6, 3, 1, 2, 2, 1),
            (15, 1, 4, 4, 32, 32, 3, 2, 1, 1, 32),
            (16, 1, 11, 9, 3, 6, 7, 2, 3, 1, 1),
            (17, 3, 4, 4, 8, 12, 4, 1, 0, 1, 1)]:
        seed, n, h, w, c, k, kernel, stride, pad, dilation, groups = row
        random = Random(seed)
        x = random.map(n, h, w, c)
        weight = random.tensor(k, c // groups, kernel, kernel)
        bias = random.tensor(k)
        table.add(row, F.conv2d(x, weight, bias, stride, pad, dilation,
                                groups))
    table.end()


def linear():
    """Over maps, as torch flattens them: channels, then places."""
    table = Table("golden_linear", [("int32_t", "n, h, w, c, k")])
    for row in [(25, 3, 1, 1, 12, 7), (26, 2, 3, 2, 5, 4), (27, 1, 7, 7, 4, 3)]:
        seed, n, h, w, c, k = row
        random = Random(seed)
        x = random.map(n, h, w, c)
        weight = random.tensor(k, c * h * w)
        bias = random.tensor(k)
        out = F.linear(x.flatten(1), weight, bias)
        table.add(row, out[:, :, None, None])
    table.end()


def conv_transpose():
    table = Table("golden_conv_transpose", [("int32_t", "n, h, w, c, k")])
    for row in [(21, 1, 3, 4, 5, 6), (22, 2, 1, 1, 3, 4), (23, 1, 4, 2, 8, 2)]:
        seed, n, h, w, c, k = row
        random = Random(seed)
        x = random.map(n, h, w, c)
        weight = random.tensor(c, k, 2, 2)
        bias = random.tensor(k)
        table.add(row, F.conv_transpose2d(x, weight, bias, stride=2))
    table.end()


def pool():
    """The stem's two forms: torch's padded floor, Caffe's unpadded ceil."""
    table = Table("golden_pool", [
        ("int32_t", "n, h, w, c, kernel, stride, pad, ceil, average")])
    for row in [
            (31, 1, 8, 9, 2, 3, 2, 1, 0, 0),
            (32, 1, 8, 9, 2, 3, 2, 0, 1, 0),
            (33, 1, 9, 9, 2, 3, 2, 0, 1, 0),
            (34, 1, 8, 8, 2, 3, 2, 1, 1, 0),
            (35, 2, 5, 6, 2, 1, 2, 0, 0, 0),
            (36, 1, 7, 7, 4, 7, 7, 0, 0, 1),
            (37, 1, 8, 9, 2, 3, 2, 1, 0, 1),
            (38, 1, 8, 9, 2, 3, 2, 1, 1, 1),
            (39, 1, 8, 10, 2, 2, 3, 0, 1, 1)]:
        seed, n, h, w, c, kernel, stride, pad, ceil, average = row
        x = Random(seed).map(n, h, w, c)
        function = F.avg_pool2d if average else F.max_pool2d
        table.add(row, function(x, kernel, stride, pad, ceil_mode=bool(ceil)))
    table.end()


def upsample():
    table = Table("golden_upsample", [("int32_t", "n, h, w, c, out_h, out_w")])
    for row in [
            (41, 1, 3, 4, 2, 6, 8),
            (42, 1, 3, 4, 2, 5, 7),
            (43, 1, 25, 1, 1, 50, 1),
            (44, 1, 1, 34, 1, 1, 67),
            (45, 2, 2, 3, 2, 2, 3),
            (46, 1, 29, 1, 1, 100, 1)]:
        seed, n, h, w, c, out_h, out_w = row
        x = Random(seed).map(n, h, w, c)
        table.add(row, F.interpolate(x, size=(out_h, out_w), mode="nearest"))
    table.end()


# Inside, on the edge, partly and wholly outside, empty, inside out, tiny,
# larger than the map; half pixels, so that roundings are met.
BOXES = [
    (8, 8, 40, 32), (0, 0, 72, 56), (-20, -12, 30, 20), (60, 40, 100, 90),
    (200, 200, 240, 230), (24, 24, 24, 24), (30, 20, 36, 20), (40, 30, 20, 10),
    (13.5, 17.25, 14, 17.5), (-100, -100, 200, 200), (4, 4, 12, 12),
    (-8, -8, -6, -6), (70, 4, 72, 56)]


def roi_features():
    print("#ifdef GOLDEN_ROI_FEATURES")
    print("static const struct det_box golden_boxes[] = {")
    for box in BOXES:
        print("    {" + ", ".join("%gf" % v if v % 1 else "%d" % v
                                  for v in box) + "},")
    print("};\n#endif\n")
    table = Table("golden_roi_features", [
        ("int32_t", "h, w, c, side, pool, aligned, sampling"),
        ("float", "scale")])
    boxes = torch.tensor(BOXES, dtype=torch.float32)
    for row in [
            (51, 7, 9, 2, 3, 0, 0, 2, 0.125),
            (51, 7, 9, 2, 3, 0, 1, 2, 0.125),
            (51, 7, 9, 2, 3, 0, 0, 0, 0.125),
            (51, 7, 9, 2, 3, 0, 1, 0, 0.125),
            (52, 14, 18, 1, 2, 0, 1, 0, 0.25),
            (53, 7, 9, 2, 3, 1, 0, 0, 0.125),
            (54, 14, 18, 1, 4, 1, 0, 0, 0.25)]:
        seed, h, w, c, side, pool_, aligned, sampling, scale = row
        x = Random(seed).map(1, h, w, c)
        if pool_:
            out = torchvision.ops.roi_pool(x, [boxes], side, scale)
        else:
            out = torchvision.ops.roi_align(x, [boxes], side, scale, sampling,
                                            bool(aligned))
        table.add(row, out)
    table.end()


def activation():
    table = Table("golden_softmax", [("int32_t", "n, c"), ("float", "factor")])
    for row in [(61, 3, 5, 1.0), (62, 2, 21, 30.0)]:
        seed, n, c, factor = row
        x = Random(seed).map(n, 1, 1, c) * factor
        table.add(row, torch.softmax(x, 1))
    table.end()
    table = Table("golden_sigmoid", [("int32_t", "n, c"), ("float", "factor")])
    for row in [(63, 2, 8, 2.0), (64, 1, 16, 120.0)]:
        seed, n, c, factor = row
        x = Random(seed).map(n, 1, 1, c) * factor
        table.add(row, torch.sigmoid(x))
    table.end()


def main():
    torch.set_num_threads(1)
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Made by tools/golden/ops.py with torch {torch.__version__},\n"
          f" * torchvision {torchvision.__version__}; do not edit. */")
    print("#ifndef TESTS_OPS_GOLDEN_H\n#define TESTS_OPS_GOLDEN_H\n")
    print('#include <stdint.h>\n\n#include "geometry/box.h"\n')
    for make in (conv2d, linear, conv_transpose, pool, upsample,
                 roi_features, activation):
        make()
    print("#endif")


main()
