# SPDX-License-Identifier: MIT
"""Detectron2's inference rules, for tools/golden/detectron2.py.

Boxes are float32 rows of x1, y1, x2, y2 unless the caller has doubles.
"""
import math

import numpy
import torch
from torch.nn import functional
from torchvision.ops import boxes as box_ops

LIMIT = math.log(1000.0 / 16)


def cell_anchors(sizes, ratios):
    """By size, then by ratio = height / width; not rounded."""
    rows = []
    for size in sizes:
        for ratio in ratios:
            w = math.sqrt(size * size / ratio)
            h = ratio * w
            rows.append([-w / 2, -h / 2, w / 2, h / 2])
    return numpy.array(rows, numpy.float32)


def grid_anchors(cells, height, width, stride):
    """Row, column, anchor; the first place is at 0 (ANCHOR_GENERATOR.OFFSET
    0.0)."""
    y, x = numpy.meshgrid(numpy.arange(height) * stride,
                          numpy.arange(width) * stride, indexing="ij")
    shifts = numpy.stack([x, y, x, y], -1).reshape(-1, 1, 4)
    return (shifts.astype(cells.dtype) + cells).reshape(-1, 4)


def decode(boxes, deltas, weights):
    """Each box with the deltas of the same row; keeps the dtype."""
    kind = boxes.dtype.type
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    x, y = boxes[:, 0] + kind(0.5) * w, boxes[:, 1] + kind(0.5) * h
    dx, dy = deltas[:, 0] / kind(weights[0]), deltas[:, 1] / kind(weights[1])
    dw = numpy.minimum(deltas[:, 2] / kind(weights[2]), kind(LIMIT))
    dh = numpy.minimum(deltas[:, 3] / kind(weights[3]), kind(LIMIT))
    cx, cy = dx * w + x, dy * h + y
    pw, ph = numpy.exp(dw) * w, numpy.exp(dh) * h
    half = kind(0.5)
    return numpy.stack([cx - half * pw, cy - half * ph, cx + half * pw,
                        cy + half * ph], 1)


def clip(boxes, image):
    height, width = image
    out = boxes.copy()
    out[:, 0::2] = out[:, 0::2].clip(0, width)
    out[:, 1::2] = out[:, 1::2].clip(0, height)
    return out


def batched_nms(boxes, scores, classes, threshold):
    """What Detectron2's layers/nms.py calls."""
    return box_ops.batched_nms(torch.from_numpy(boxes),
                               torch.from_numpy(scores),
                               torch.from_numpy(classes), threshold).numpy()


def proposals(decoded, logits, image, pre, post):
    """Per level the best `pre` by logit; NMS per level, ranked by the logit
    itself; the best `post` of all.  Also the index of each within its
    level's anchors."""
    boxes, scores, levels, indices = [], [], [], []
    for level, (box, logit) in enumerate(zip(decoded, logits)):
        order = numpy.argsort(-logit, kind="stable")[:pre]
        boxes.append(box[order])
        scores.append(logit[order])
        levels.append(numpy.full(len(order), level))
        indices.append(order)
    boxes, scores = numpy.concatenate(boxes), numpy.concatenate(scores)
    levels, indices = numpy.concatenate(levels), numpy.concatenate(indices)
    boxes = clip(boxes, image)
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    keep = (w > 0) & (h > 0)
    boxes, scores = boxes[keep], scores[keep]
    levels, indices = levels[keep], indices[keep]
    keep = batched_nms(boxes, scores, levels, 0.7)[:post]
    return boxes[keep], scores[keep], levels[keep], indices[keep]


def roi_levels(boxes, lowest, highest):
    """The guard of 1e-8 is inside the logarithm."""
    boxes = torch.from_numpy(boxes)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    level = torch.floor(4 + torch.log2(torch.sqrt(area) / 224 + 1e-8))
    return level.clamp(lowest, highest).to(torch.int64).numpy()


def softmax(logits):
    return functional.softmax(torch.from_numpy(logits), -1).numpy()


def detections(boxes, logits, deltas, image, threshold, most):
    """Background is the last column and has no deltas; candidates are ranked
    proposal by proposal, class by class."""
    scores = softmax(logits)[:, :-1]
    classes = deltas.shape[1] // 4
    repeated = numpy.repeat(boxes, classes, 0)
    decoded = clip(decode(repeated, deltas.reshape(-1, 4), (10, 10, 5, 5)),
                   image).reshape(len(boxes), classes, 4)
    row, label = numpy.nonzero(scores > threshold)
    chosen = decoded[row, label if classes > 1 else 0]
    chosen_scores = scores[row, label]
    keep = batched_nms(chosen, chosen_scores, label, 0.5)[:most]
    return chosen[keep], chosen_scores[keep], label[keep]


def paste(mask, box, photo):
    """Probabilities over the photo, of one mask; 0 beyond a pixel around the
    box."""
    height, width = photo
    x1, y1, x2, y2 = (float(v) for v in box)
    left, top = max(math.floor(x1) - 1, 0), max(math.floor(y1) - 1, 0)
    right = min(math.ceil(x2) + 1, width)
    bottom = min(math.ceil(y2) + 1, height)
    kind = torch.from_numpy(mask).dtype
    limits = torch.from_numpy(box).to(kind)
    xs = torch.arange(left, right, dtype=kind) + 0.5
    ys = torch.arange(top, bottom, dtype=kind) + 0.5
    xs = (xs - limits[0]) / (limits[2] - limits[0]) * 2 - 1
    ys = (ys - limits[1]) / (limits[3] - limits[1]) * 2 - 1
    grid = torch.stack([xs[None].expand(len(ys), -1),
                        ys[:, None].expand(-1, len(xs))], -1)
    out = numpy.zeros(photo, mask.dtype)
    out[top:bottom, left:right] = functional.grid_sample(
        torch.from_numpy(mask)[None, None], grid[None],
        align_corners=False)[0, 0].numpy()
    return out


def output_size(height, width, shortest, longest):
    """ResizeShortestEdge: the shorter side is `shortest` unless the longer
    one passes `longest`; both rounded half up."""
    scale = shortest / min(height, width)
    h, w = height * scale, width * scale
    if height < width:
        h = float(shortest)
    else:
        w = float(shortest)
    if max(h, w) > longest:
        shrink = longest / max(h, w)
        h, w = h * shrink, w * shrink
    return int(h + 0.5), int(w + 0.5)
