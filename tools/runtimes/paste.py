# SPDX-License-Identifier: MIT
"""28 x 28 masks into a photo, as torchvision.models.detection does it."""
import numpy


def places(low, high, cells, side):
    """Pixels low..high of the photo: the two cells of each, and its weight."""
    count = max(high - low + 1, 1)
    first, last = max(low, 0), min(low + count, side)
    where = (numpy.arange(first - low, last - low) + 0.5) * cells / count - 0.5
    where = numpy.clip(where, 0, cells - 1)
    cell = where.astype(int)
    weight = (where - cell).astype(numpy.float32)
    return slice(first, last), cell, numpy.minimum(cell + 1, cells - 1), weight


def grown(boxes, scale):
    """The same middles, sides `scale` times as long, whole pixels."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * numpy.float32(scale)
    return numpy.hstack((middle - half, middle + half)).astype(int)


def paste(masks, boxes, height, width):
    """[N, H, W] booleans."""
    cells = masks.shape[-1] + 2
    padded = numpy.pad(masks.reshape(-1, cells - 2, cells - 2),
                       ((0, 0), (1, 1), (1, 1)))
    out = numpy.zeros((len(padded), height, width), bool)
    for mask, box, target in zip(padded, grown(boxes, cells / (cells - 2)), out):
        rows, top, bottom, down = places(box[1], box[3], cells, height)
        columns, left, right, across = places(box[0], box[2], cells, width)
        lines = mask[top] + (mask[bottom] - mask[top]) * down[:, None]
        values = lines[:, left] + (lines[:, right] - lines[:, left]) * across
        target[rows, columns] = values > 0.5
    return out
