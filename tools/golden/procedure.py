#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values of the 2015 entry's test-time procedure, in double precision.

    python3 tools/golden/procedure.py > tests/golden/procedure_golden.h

Needs numpy and, for the generator of inputs, torch (tools/golden/geometry.py,
whose C twin is tests/golden/geometry_inputs.h).
"""
import sys

import numpy as np

from geometry import Random, make_boxes, make_classes, print_floats, print_ints


def iou_matrix(boxes):
    """[N, N], all pairs at once."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return inter / (area[:, None] + area[None, :] - inter)


class Values(list):
    """What geometry.py's printers take."""

    def flatten(self):
        return self

    def tolist(self):
        return self


def soft_nms(boxes, scores, classes, factor, least):
    """factor: IoUs -> what scores are multiplied by.  Boxes of other classes
    have an IoU of 0."""
    iou = iou_matrix(boxes) * (classes[:, None] == classes[None, :])
    left = scores.copy()
    alive = np.ones(len(scores), bool)
    keep, kept_scores = [], []
    while (alive & (left > least)).any():
        best = int(np.argmax(np.where(alive, left, -1)))
        keep.append(best)
        kept_scores.append(float(np.float32(left[best])))
        alive[best] = False
        left = left * factor(iou[best])
    return Values(keep), Values(kept_scores)


def make_crowd(seed, count):
    random = Random(seed)
    boxes = make_boxes(random, count, 120.0, 90.0).numpy().astype(np.float64)
    scores = np.array([random.uniform(0.01, 1.0).item() for _ in range(count)])
    classes = make_classes(random, count, 3).numpy()
    return boxes, scores, classes


def soft():
    boxes, scores, classes = make_crowd(51, 150)
    for name, factor in (
            ("linear", lambda iou: np.where(iou > 0.3, 1 - iou, 1)),
            ("gaussian", lambda iou: np.exp(-iou**2 / 0.5))):
        keep, kept = soft_nms(boxes, scores, classes, factor, 0.05)
        print_ints(f"golden_soft_{name}", keep)
        print_floats(f"golden_soft_{name}_scores", kept)


def voting():
    boxes, scores, classes = make_crowd(52, 60)
    iou = iou_matrix(boxes)
    for name, threshold in (("5", 0.5), ("2", 0.2)):
        weights = ((iou >= threshold) & (classes[:, None] == classes[None, :])
                   ) * scores[None, :]
        voted = weights @ boxes / weights.sum(1, keepdims=True)
        print_floats(f"golden_voted_{name}", voted)


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by tools/golden/procedure.py; do not edit. */")
    print("#ifndef TESTS_PROCEDURE_GOLDEN_H\n#define TESTS_PROCEDURE_GOLDEN_H\n")
    print("#include <stdint.h>\n")
    makers = {"soft_nms": [soft], "voting": [voting]}
    for part, functions in makers.items():
        print(f"#ifdef GOLDEN_{part.upper()}\n")
        for function in functions:
            function()
        print("#endif\n")
    print("#endif")


if __name__ == "__main__":
    sys.exit(main())
