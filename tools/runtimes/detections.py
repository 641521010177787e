# SPDX-License-Identifier: MIT
"""Detections as JSON holds them, and whether two engines found the same."""
import collections
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, os.pardir, "tests", "parity"))
import run_lengths  # noqa: E402

# Score, pixels and IoU of masks: those of docs/parity.md, and what is left of
# them when photos are resized with other roundings, 1e-4 of a colour's
# spread, which random weights multiply.
Tolerance = collections.namedtuple("Tolerance", "score box iou")
PARITY = Tolerance(1e-3, 0.1, 0.99)
LOOSE = Tolerance(1e-2, 2, 0.9)


def encoder():
    """[N, H, W] booleans to a list of texts, by pycocotools if it is here."""
    try:
        from pycocotools import mask as coco
    except ImportError:
        return lambda masks: [run_lengths.compressed(mask) for mask in masks]
    return lambda masks: [
        item["counts"].decode() for item in
        coco.encode(numpy.asfortranarray(masks.transpose(1, 2, 0), numpy.uint8))]


def describe(encode, boxes, labels, scores, masks=None):
    """`masks`: booleans, [N, H, W] or with a one in between."""
    found = {"boxes": boxes.tolist(), "labels": labels.tolist(),
             "scores": scores.tolist()}
    if masks is not None:
        masks = masks.reshape(-1, *masks.shape[-2:])
        found["sides"] = list(masks.shape[1:])
        found["masks"] = encode(masks)
    return found


def decode(text, sides):
    counts, i = [], 0
    while i < len(text):
        value = shift = 0
        more = True
        while more:
            code = ord(text[i]) - 48
            value |= (code & 31) << shift
            shift += 5
            more = bool(code & 32)
            i += 1
        if code & 16:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        counts.append(value)
    bits = numpy.repeat(numpy.arange(len(counts)) % 2 == 1, counts)
    return bits.reshape(sides, order="F")


def same_mask(a, i, b, j, iou):
    if "masks" not in a or "masks" not in b:
        return "masks" not in a and "masks" not in b
    one = decode(a["masks"][i], a["sides"])
    two = decode(b["masks"][j], b["sides"])
    return (one & two).sum() >= iou * max(1, (one | two).sum())


def matched(theirs, ours, tolerance):
    """How many of theirs are matched by one of ours."""
    free, count = set(range(len(ours["scores"]))), 0
    boxes = numpy.array(ours["boxes"]).reshape(-1, 4)
    for i, (box, label, score) in enumerate(zip(
            theirs["boxes"], theirs["labels"], theirs["scores"])):
        away = numpy.abs(boxes - box).max(1)
        for j in sorted(free, key=lambda j: away[j]):
            if away[j] > tolerance.box:
                break
            if (ours["labels"][j] == label
                    and abs(ours["scores"][j] - score) <= tolerance.score
                    and same_mask(theirs, i, ours, j, tolerance.iou)):
                free.remove(j)
                count += 1
                break
    return count


def difference(a, b):
    """The largest difference of two arrays, of the largest number."""
    return float(numpy.abs(a - b).max() / numpy.abs(b).max())
