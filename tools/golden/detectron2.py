#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for the tests of the detectron2 and torchvision presets.

    python3 tools/golden/detectron2.py > tests/golden/detectron2_golden.h

Detectron2's rules are derived here from its description, in numpy and with
the operators of torch that it calls; torchvision's classes are run as they
are.  Needs python3-torch, python3-torchvision, python3-pil; the header in the
repository was made with torch 1.13.0, torchvision 0.14.1 and Pillow 9.4.0
(Debian 12).  Inputs are not stored: the C tests make them with the same
generators (tests/golden/geometry_inputs.h, tests/table_layers.c).
"""
import math
import sys

import numpy
import torch
import torchvision
from torchvision.models.detection import roi_heads, rpn, transform
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops.poolers import LevelMapper

import detectron2_network
from detectron2_rules import (LIMIT, cell_anchors, decode, detections,
                              grid_anchors, output_size, paste, proposals,
                              roi_levels)

SIZES = (32, 64, 128, 256, 512)
RATIOS = (0.5, 1.0, 2.0)


class Random:
    """Numerical Recipes' linear congruential generator, 24 high bits."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self, count, low, high):
        bits = []
        for _ in range(count):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            bits.append(self.state >> 8)
        one = numpy.array(bits, numpy.float32) * numpy.float32(2.0**-24)
        span = numpy.float32(high) - numpy.float32(low)
        return one * span + numpy.float32(low)

    def boxes(self, count, extent, side):
        rows = []
        for _ in range(count):
            x1, y1 = self.uniform(2, 0, extent)
            w, h = self.uniform(2, 1, side)
            rows.append([x1, y1, x1 + w, y1 + h])
        return numpy.array(rows, numpy.float32)


# ------------------------------------------------------------------- printing

def number(value):
    text = f"{numpy.float32(value):.9g}"
    return text + ("f" if "." in text or "e" in text else ".0f")


def print_array(kind, name, texts):
    print(f"static const {kind} {name}[] = {{")
    line = "   "
    for text in texts:
        if len(line) + len(text) + 2 > 79:
            print(line)
            line = "   "
        line += f" {text},"
    print(line + "\n};\n")


def print_floats(name, values):
    values = numpy.asarray(values, numpy.float64).flatten()
    print_array("float", name, [number(v) for v in values])


def print_ints(name, values):
    print_array("int32_t", name, [str(int(v)) for v in values])


# -------------------------------------------------------------------- anchors

def anchors():
    generator = AnchorGenerator(tuple((s,) for s in SIZES), (RATIOS,) * 5)
    print_floats("golden_anchors_torchvision_fpn",
                 torch.cat(generator.cell_anchors))
    generator = AnchorGenerator((SIZES,), (RATIOS,))
    print_floats("golden_anchors_torchvision_single",
                 generator.cell_anchors[0])
    print_floats("golden_anchors_detectron2",  # of FPN and of one map alike
                 cell_anchors(SIZES, RATIOS))
    # A map of 2 x 3 in a padded image of 64 x 96, 512 of its 15 anchors last.
    grid = generator.grid_anchors([[2, 3]], [[32, 32]])
    print_floats("golden_grid_torchvision", grid[0][15 * 4:15 * 5])
    cells = cell_anchors(SIZES, RATIOS)
    print_floats("golden_grid_detectron2",
                 grid_anchors(cells, 2, 3, 16)[15 * 4:15 * 5])


# ------------------------------------------------------------------ proposals

IMAGE = (93, 125)  # unpadded height, width; padded 96 x 128
PYRAMID = ((24, 32), (12, 16), (6, 8), (3, 4), (2, 2))
SINGLE = ((6, 8),)


def rpn_outputs(seed, maps, count, low, high):
    random = Random(seed)
    logits, deltas = [], []
    for h, w in maps:
        logits.append(random.uniform(h * w * count, low, high))
        deltas.append(random.uniform(h * w * count * 4, -1, 1).reshape(-1, 4))
    return logits, deltas


def torchvision_proposals(maps, sizes, logits, deltas, pre, post):
    generator = AnchorGenerator(sizes, (RATIOS,) * len(sizes))
    images = ImageList(torch.zeros(1, 3, 96, 128), [IMAGE])
    features = [torch.zeros(1, 1, h, w) for h, w in maps]
    boxes = BoxCoder((1.0,) * 4).decode(
        torch.from_numpy(numpy.concatenate(deltas)),
        generator(images, features)).view(1, -1, 4)
    both = {"training": pre, "testing": pre}
    net = rpn.RegionProposalNetwork(
        generator, None, 0.7, 0.3, 256, 0.5, both,
        {"training": post, "testing": post}, 0.7).eval()
    kept, scores = net.filter_proposals(
        boxes, torch.from_numpy(numpy.concatenate(logits))[:, None], [IMAGE],
        [len(x) for x in logits])
    return kept[0].numpy()


def detectron2_proposals(maps, cells, strides, logits, deltas, pre, post):
    decoded = []
    for (h, w), cell, stride, delta in zip(maps, cells, strides, deltas):
        decoded.append(decode(grid_anchors(cell, h, w, stride), delta,
                              (1.0,) * 4))
    return proposals(decoded, logits, IMAGE, pre, post)[0]


def proposals_of_both():
    cells = [cell_anchors((s,), RATIOS) for s in SIZES]
    for name, seed, low, high in (("plain", 21, -4, 4), ("high", 22, 14, 24)):
        logits, deltas = rpn_outputs(seed, PYRAMID, 3, low, high)
        sizes = tuple((s,) for s in SIZES)
        print_floats(f"golden_proposals_torchvision_{name}",
                     torchvision_proposals(PYRAMID, sizes, logits, deltas,
                                           40, 30))
        print_floats(f"golden_proposals_detectron2_{name}",
                     detectron2_proposals(PYRAMID, cells, (4, 8, 16, 32, 64),
                                          logits, deltas, 40, 30))
    logits, deltas = rpn_outputs(23, SINGLE, 15, -4, 4)
    print_floats("golden_proposals_torchvision_single",
                 torchvision_proposals(SINGLE, (SIZES,), logits, deltas, 150,
                                       20))
    print_floats("golden_proposals_detectron2_single",
                 detectron2_proposals(SINGLE, [cell_anchors(SIZES, RATIOS)],
                                      (16,), logits, deltas, 150, 20))


# --------------------------------------------------------------------- levels

def levels():
    boxes = Random(31).boxes(60, 400.0, 900.0)
    mapper = LevelMapper(2, 5)
    print_ints("golden_levels_torchvision", mapper([torch.from_numpy(boxes)]))
    print_ints("golden_levels_detectron2", roi_levels(boxes, 2, 5) - 2)


# ----------------------------------------------------------------- detections

ROIS = 24


def head_outputs(seed, scores, delta_classes):
    random = Random(seed)
    boxes = random.boxes(ROIS, 90.0, 60.0)
    logits = random.uniform(ROIS * scores, -3, 3).reshape(ROIS, scores)
    deltas = random.uniform(ROIS * 4 * delta_classes, -2, 2)
    return boxes, logits, deltas.reshape(ROIS, delta_classes * 4)


def print_detections(name, boxes, scores, labels):
    print_floats(f"golden_{name}_boxes", boxes)
    print_floats(f"golden_{name}_scores", scores)
    print_ints(f"golden_{name}_labels", labels)


def detections_of_both():
    boxes, logits, deltas = head_outputs(41, 6, 6)
    heads = roi_heads.RoIHeads(None, None, None, 0.5, 0.5, 512, 0.25, None,
                               0.05, 0.5, 20).eval()
    kept, scores, labels = heads.postprocess_detections(
        torch.from_numpy(logits), torch.from_numpy(deltas),
        [torch.from_numpy(boxes)], [IMAGE])
    print_detections("detections_torchvision", kept[0], scores[0], labels[0])
    for name, classes in (("detectron2", 5), ("agnostic", 1)):
        boxes, logits, deltas = head_outputs(42, 6, classes)
        print_detections(f"detections_{name}",
                         *detections(boxes, logits, deltas, IMAGE, 0.05, 20))


# ---------------------------------------------------------------------- paste

PHOTO = (40, 56)
PASTES = (  # side, box: inside, over the edges, wide, tiny, whole pixels, all
    (28, (10.3, 5.7, 41.2, 33.9)), (28, (-7.4, -3.2, 20.8, 18.6)),
    (28, (40.6, 25.1, 71.3, 52.9)), (14, (3.0, 20.25, 55.0, 23.5)),
    (28, (17.2, 9.1, 17.9, 9.6)), (14, (30.0, 12.0, 34.0, 15.0)),
    (28, (0.0, 0.0, 56.0, 40.0)), (14, (-30.0, -20.0, 90.0, 70.0)),
    (28, (55.2, 39.1, 56.0, 40.0)), (28, (23.5, 11.5, 24.5, 30.0)))


def paste_inputs(index):
    side, box = PASTES[index]
    mask = Random(51 + index).uniform(side * side, 0, 1).reshape(side, side)
    return mask, numpy.array(box, numpy.float32)


def print_bitmap(name, bitmap):
    rows = [sum(int(v) << x for x, v in enumerate(row)) for row in bitmap]
    print_array("uint64_t", name, [f"0x{row:x}u" for row in rows])


def soft_torchvision(mask, box):
    masks = torch.from_numpy(mask)[None, None]
    return roi_heads.paste_masks_in_image(
        masks, torch.from_numpy(box)[None], PHOTO)[0, 0].numpy()


def pastes():
    for index in range(len(PASTES)):
        mask, box = paste_inputs(index)
        for name, soft in (("torchvision", soft_torchvision(mask, box)),
                           ("detectron2", paste(mask, box, PHOTO))):
            margin = numpy.abs(soft - 0.5).min()
            if margin < 2e-6:
                print(f"paste {index} {name}: {margin}", file=sys.stderr)
            bitmap = soft > 0.5 if name == "torchvision" else soft >= 0.5
            print_bitmap(f"golden_paste_{name}_{index}", bitmap)


# ---------------------------------------------------------------------- sizes

PHOTOS = (
    (480, 640), (427, 640), (426, 640), (360, 640), (334, 500), (500, 375),
    (375, 500), (640, 480), (333, 500), (1, 1), (4, 5000), (7, 3),
    (800, 1333), (1333, 800), (3000, 4000), (612, 612), (2448, 3264),
    (97, 161), (1080, 1920), (539, 901), (100, 1000), (425, 640), (335, 500))


def tensor_size(height, width):
    """torchvision 0.14's own function, on an image without content."""
    image = torch.zeros(1, 1, 1).expand(3, height, width)
    out, _ = transform._resize_image_and_masks(image, 800.0, 1333.0)
    return out.shape[-2:]


def double_size(height, width):
    scale = min(800 / min(height, width), 1333 / max(height, width))
    return math.floor(height * scale), math.floor(width * scale)


def sizes():
    rows = []
    for photo in PHOTOS:
        rows += [*photo, *tensor_size(*photo), *double_size(*photo),
                 *output_size(*photo, 800, 1333)]
    print_ints("golden_sizes", rows)


def main():
    assert abs(LIMIT - math.log(1000 / 16)) < 1e-12
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by tools/golden/detectron2.py with torch "
          f"{torch.__version__}, torchvision\n"
          f" * {torchvision.__version__}; do not edit. */")
    print("#ifndef TESTS_DETECTRON2_GOLDEN_H\n"
          "#define TESTS_DETECTRON2_GOLDEN_H\n\n#include <stdint.h>\n")
    makers = {"anchors": [anchors], "proposals": [proposals_of_both],
              "levels": [levels], "detections": [detections_of_both],
              "paste": [pastes], "sizes": [sizes],
              "stages": [detectron2_network.stages]}
    for part, functions in makers.items():
        print(f"#ifdef GOLDEN_{part.upper()}\n")
        for function in functions:
            function()
        print("#endif\n")
    print("#endif")


if __name__ == "__main__":
    sys.exit(main())
