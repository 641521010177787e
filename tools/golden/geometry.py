#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for tests/test_geometry_*.c from torch and torchvision.

    python3 tools/golden/geometry.py > tests/golden/geometry_golden.h

Needs python3-torch and python3-torchvision; the header in the repository was
made with torch 1.13.0 and torchvision 0.14.1 (Debian 12).  The inputs are not
stored: the C tests make them with the same generator (tests/golden/
geometry_inputs.h), so change the two together.
"""
import sys

import torch
import torchvision
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import boxes as box_ops


class Random:
    """Numerical Recipes' linear congruential generator, 24 high bits."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8

    def uniform(self, low, high):
        """float32 arithmetic: low + bits / 2^24 * (high - low)."""
        one = torch.tensor(self.bits() * 2.0**-24, dtype=torch.float32)
        return one * torch.tensor(high - low) + torch.tensor(low)


def make_boxes(random, count, extent, side):
    rows = []
    for _ in range(count):
        x1 = random.uniform(0.0, extent)
        y1 = random.uniform(0.0, extent)
        w = random.uniform(1.0, side)
        h = random.uniform(1.0, side)
        rows.append(torch.stack([x1, y1, x1 + w, y1 + h]))
    return torch.stack(rows)


def make_scores(random, count, levels):
    """Multiples of 1 / levels, so that there are ties."""
    numbers = [random.bits() % levels for _ in range(count)]
    return torch.tensor(numbers, dtype=torch.float32) / float(levels)


def make_classes(random, count, classes):
    return torch.tensor([random.bits() % classes for _ in range(count)])


def print_floats(name, values):
    print(f"static const float {name}[] = {{")
    for value in values.flatten().tolist():
        print(f"    {float.hex(value)}f,")
    print("};\n")


def print_ints(name, values):
    print(f"static const int32_t {name}[] = {{")
    line = "   "
    for value in values.tolist():
        if len(line) + len(str(value)) + 2 > 79:
            print(line)
            line = "   "
        line += f" {value},"
    print(line + "\n};\n")


def iou():
    random = Random(11)
    a = make_boxes(random, 48, 100.0, 80.0)
    b = make_boxes(random, 48, 100.0, 80.0)
    print_floats("golden_iou", box_ops.box_iou(a, b).diagonal())


def deltas():
    for name, weights in (("unit", (1.0,) * 4),
                          ("head", (10.0, 10.0, 5.0, 5.0))):
        random = Random(12)
        boxes = make_boxes(random, 16, 800.0, 400.0)
        codes = torch.stack([random.uniform(-8.0, 8.0) for _ in range(64)])
        codes = codes.reshape(16, 4)
        codes[:8, 2:] = 0  # exp(0) is 1 everywhere: the bits must agree
        codes[8, 2:] = 1e6  # meets the limit
        decoded = BoxCoder(weights).decode_single(codes, boxes)
        print_floats(f"golden_decoded_{name}", decoded)
        targets = make_boxes(random, 16, 800.0, 400.0)
        encoded = BoxCoder(weights).encode_single(targets, boxes)
        print_floats(f"golden_encoded_{name}", encoded)


def top_k():
    scores = make_scores(Random(13), 3000, 257) - 0.5
    order = scores.sort(stable=True, descending=True)[1]
    print_ints("golden_top_k", order[:150])


def plain_nms():
    random = Random(14)
    boxes = make_boxes(random, 600, 300.0, 90.0)
    scores = make_scores(random, 600, 300)
    for name, threshold in (("3", 0.3), ("5", 0.5), ("7", 0.7)):
        keep = torchvision.ops.nms(boxes, scores, threshold)
        print_ints(f"golden_nms_{name}", keep)


def order_ties(keep, scores):
    """_batched_nms_vanilla ends in a sort that is not stable; the library
    orders equal scores by index."""
    keep = keep.sort()[0]
    return keep[scores[keep].sort(stable=True, descending=True)[1]]


def make_hard_case(seed, count):
    """Small boxes of high classes and one large box: the offsets cost so many
    bits that they change the outcome."""
    random = Random(seed)
    boxes = make_boxes(random, count, 14.0, 4.0)
    boxes[0] = torch.tensor([0.0, 0.0, 1333.0, 800.0])
    scores = make_scores(random, count, 200)
    classes = make_classes(random, count, 3) + 88
    return boxes, scores, classes


def batched_nms():
    # 1000 boxes go by offsets, 1001 by class.
    for count in (1000, 1001):
        boxes, scores, classes = make_hard_case(15, count)
        keep = box_ops.batched_nms(boxes, scores, classes, 0.5)
        print_ints(f"golden_batched_{count}", order_ties(keep, scores))


def both_ways():
    boxes, scores, classes = make_hard_case(16, 400)
    for name, function in (("offset", box_ops._batched_nms_coordinate_trick),
                           ("per_class", box_ops._batched_nms_vanilla)):
        keep = function(boxes, scores, classes, 0.5)
        print_ints(f"golden_{name}", order_ties(keep, scores))


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by tools/golden/geometry.py with torch "
          f"{torch.__version__}, torchvision\n"
          f" * {torchvision.__version__}; do not edit. */")
    print("#ifndef TESTS_GEOMETRY_GOLDEN_H\n#define TESTS_GEOMETRY_GOLDEN_H\n")
    print("#include <stdint.h>\n")
    makers = {"box": [iou, deltas], "top_k": [top_k],
              "nms": [plain_nms, batched_nms, both_ways]}
    for part, functions in makers.items():
        print(f"#ifdef GOLDEN_{part.upper()}\n")
        for function in functions:
            function()
        print("#endif\n")
    print("#endif")


if __name__ == "__main__":
    sys.exit(main())
