# SPDX-License-Identifier: MIT
"""COCO's compressed run lengths.  Needs numpy alone."""
import numpy


def compressed(mask):
    """The text of a mask of booleans, [H, W]."""
    flat = mask.flatten(order="F").view(numpy.uint8)
    edges = numpy.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = numpy.diff(numpy.concatenate(([0], edges, [flat.size]))).tolist()
    if flat[0]:
        counts.insert(0, 0)
    text = []
    for i, count in enumerate(counts):
        rest = count - (counts[i - 2] if i > 2 else 0)
        more = True
        while more:
            low = rest & 31
            rest >>= 5
            more = rest != (-1 if low & 16 else 0)
            text.append(chr(48 + (low | 32 if more else low)))
    return "".join(text)
