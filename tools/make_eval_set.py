#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Annotations and results of val2017's size, for timing evaluators.

usage: make_eval_set.py FOLDER [IMAGES [RESULTS_PER_IMAGE]]

Writes annotations.json (5,000 images, about 36,500 objects of 80 classes, with
polygons), bbox.json and segm.json (100 results an image, numbers as Python
prints float32).  Objects get several results around them, the rest lie
anywhere, as a detector's do.  Needs numpy and pycocotools (PyPI).
"""
import json
import os
import sys

import numpy
from pycocotools import mask as mask_api

CLASSES = 80
OBJECTS = 7.3  # an image, as in val2017
CORNERS = 24  # of a polygon


def float32(values):
    return [float(v) for v in numpy.asarray(values, numpy.float32)]


def random_boxes(rng, count, width, height):
    """x, y, w, h; sides as in COCO, most of them small."""
    sides = numpy.exp(rng.normal(3.9, 0.9, (count, 2))).clip(4, None)
    sides = numpy.minimum(sides, [width, height])
    corners = rng.uniform(0, 1, (count, 2)) * ([width, height] - sides)
    return numpy.concatenate([corners, sides], axis=1)


def outline(rng, box):
    """A closed wavy curve inside a box."""
    angle = numpy.linspace(0, 2 * numpy.pi, CORNERS, endpoint=False)
    radius = 0.5 * (1 - 0.25 * rng.random(CORNERS))
    x = box[0] + box[2] * (0.5 + radius * numpy.cos(angle))
    y = box[1] + box[3] * (0.5 + radius * numpy.sin(angle))
    return numpy.stack([x, y], axis=1).flatten()


def results_around(rng, boxes, classes, count, size):
    """Shaken copies of the objects with falling scores, then anything."""
    near = min(count, len(boxes) * 4)
    source = rng.integers(0, len(boxes), near) if len(boxes) else []
    shaken = boxes[source] + boxes[source][:, [2, 3, 2, 3]] * rng.normal(
        0, 0.12, (near, 4)) if near else numpy.zeros((0, 4))
    shaken[:, 2:] = shaken[:, 2:].clip(1, None)
    labels = numpy.where(rng.random(near) < 0.8, classes[source] if near else 0,
                         rng.integers(0, CLASSES, near))
    anywhere = random_boxes(rng, count - near, *size)
    found = numpy.concatenate([shaken, anywhere])
    labels = numpy.concatenate([labels, rng.integers(0, CLASSES,
                                                     count - near)])
    scores = numpy.concatenate([rng.beta(1, 2, near),
                                rng.beta(0.3, 6, count - near)])
    return found, labels.astype(int), scores


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    folder = sys.argv[1]
    images = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    per_image = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    rng = numpy.random.default_rng(2017)
    frequency = rng.dirichlet(numpy.full(CLASSES, 0.6))
    ids = numpy.sort(rng.choice(581929, images, replace=False) + 1).tolist()
    truth = {"info": {"description": "made by make_eval_set.py"},
             "images": [], "annotations": [],
             "categories": [{"id": i + 1, "name": f"class {i + 1}",
                             "supercategory": "any"} for i in range(CLASSES)]}
    boxes_out, masks_out = [], []
    for image in ids:
        width, height = (640, 480) if rng.random() < 0.7 else (480, 640)
        truth["images"].append({"id": image, "width": width, "height": height,
                                "file_name": f"{image:012d}.jpg"})
        count = int(min(rng.geometric(1 / (OBJECTS + 1)) - 1, 60))
        boxes = random_boxes(rng, count, width, height)
        classes = rng.choice(CLASSES, count, p=frequency)
        for box, label in zip(boxes, classes):
            curve = outline(rng, box).round(2)
            truth["annotations"].append({
                "segmentation": [curve.tolist()], "iscrowd": int(
                    rng.random() < 0.01), "image_id": image,
                "area": round(float(0.62 * box[2] * box[3]), 4),
                "bbox": box.round(2).tolist(), "category_id": int(label) + 1,
                "id": len(truth["annotations"]) + 1})
        found, labels, scores = results_around(rng, boxes, classes, per_image,
                                               (width, height))
        order = numpy.argsort(-scores)
        if not per_image:
            continue
        texts = mask_api.frPyObjects(
            [outline(rng, found[i]).tolist() for i in order], height, width)
        for i, text in zip(order, texts):
            entry = {"image_id": image, "category_id": int(labels[i]) + 1,
                     "bbox": float32(found[i]), "score": float32(
                         scores[i:i + 1])[0]}
            boxes_out.append(entry)
            mask = {k: v for k, v in entry.items() if k != "bbox"}
            mask["segmentation"] = {"size": [height, width],
                                    "counts": text["counts"].decode()}
            masks_out.append(mask)
    os.makedirs(folder, exist_ok=True)
    for name, value in (("annotations", truth), ("bbox", boxes_out),
                        ("segm", masks_out)):
        with open(os.path.join(folder, name + ".json"), "w") as file:
            json.dump(value, file)
    print(f"{images} images, {len(truth['annotations'])} objects, "
          f"{len(boxes_out)} results")


main()
