#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every cell of our evaluation against pycocotools', on random data sets.

usage: pycocotools_cells.py COCO_CELLS [COUNT [FIRST_SEED]]

Data sets with crowds, images without objects, results without objects, scores
and boxes that tie, areas on the ranges' edges, unsorted ids, id 0, other limits
and thresholds, one category for all.  Exit code 77 without pycocotools.
"""
import contextlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import numpy
    from pycocotools import mask as mask_api
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError:
    print("skipped: pycocotools is not installed")
    sys.exit(77)

SIDES = [0, 1, 8, 16, 31.5, 32, 33, 64, 96, 97.25, 120]


def random_box(rng, width, height):
    if rng.random() < 0.3:  # on a grid, so that overlaps tie
        w, h = rng.choice(SIDES), rng.choice(SIDES)
        return [rng.choice([0, 8, 16, 40]), rng.choice([0, 8, 16, 40]), w, h]
    x, y = rng.uniform(-5, width - 1), rng.uniform(-5, height - 1)
    return [round(v, rng.choice([0, 1, 2, 6])) for v in
            (x, y, rng.uniform(0, width - x), rng.uniform(0, height - y))]


def shaken(rng, box):
    size = rng.choice([0, 0, 1, 4, 12])
    return [v + size * rng.uniform(-1, 1) for v in box]


def polygon(rng, box):
    x, y, w, h = box
    points = [(x, y), (x + w * rng.random(), y), (x + w, y + h * rng.random()),
              (x + w, y + h), (x + w * rng.random(), y + h)]
    return [round(c, 2) for point in points for c in point]


def random_mask(rng, box, width, height,
                kinds=("polygon", "polygons", "text", "runs")):
    kind = rng.choice(kinds)
    if kind == "polygon":
        return [polygon(rng, box)]
    if kind == "polygons":
        return [polygon(rng, box), polygon(rng, shaken(rng, box))]
    bits = numpy.zeros((height, width), numpy.uint8, order="F")
    x, y, w, h = [int(round(v)) for v in box]
    bits[max(y, 0):max(y + h, 0), max(x, 0):max(x + w, 0)] = 1
    if rng.random() < 0.5:
        noise = numpy.random.RandomState(rng.randrange(2**31))
        bits &= noise.rand(height, width) < 0.8
    text = mask_api.encode(numpy.asfortranarray(bits))
    if kind == "text":
        return {"size": [height, width], "counts": text["counts"].decode()}
    runs, value, length = [], 0, 0
    for bit in bits.flatten(order="F").tolist():
        if bit != value:
            runs.append(length)
            value, length = bit, 0
        length += 1
    return {"size": [height, width], "counts": runs + [length]}


def random_set(rng, segm):
    """annotations and results as COCO has them."""
    images = [{"id": i, "width": rng.randint(40, 160),
               "height": rng.randint(40, 160), "file_name": f"{i}.jpg"}
              for i in rng.sample(range(1, 100), rng.randint(1, 8))]
    categories = [{"id": i, "name": str(i)}
                  for i in rng.sample(range(1, 30), rng.randint(1, 4))]
    annotations, results = [], []
    number = 0 if rng.random() < 0.1 else 1
    for image in images:
        width, height = image["width"], image["height"]
        for _ in range(rng.choice([0, 1, 3, 8])):
            box = random_box(rng, width, height)
            area = rng.choice([box[2] * box[3], 1024, 9216, 1023.9, 9216.5])
            entry = {"id": number, "image_id": image["id"],
                     "category_id": rng.choice(categories)["id"],
                     "bbox": box, "area": area,
                     "iscrowd": int(rng.random() < 0.15)}
            if rng.random() < 0.1:
                entry["ignore"] = 1  # which cocoeval overwrites
            if segm:
                entry["segmentation"] = random_mask(rng, box, width, height)
            number += 1
            annotations.append(entry)
            for _ in range(rng.choice([0, 1, 1, 2, 12])):
                results.append((image, entry["category_id"],
                                shaken(rng, box)))
        for _ in range(rng.choice([0, 0, 2, 20])):
            results.append((image, rng.choice(categories)["id"],
                            random_box(rng, width, height)))
    rng.shuffle(annotations)
    if rng.random() < 0.8:
        rng.shuffle(results)
    with_boxes = rng.random() < 0.5
    found = []
    for image, category, box in results:
        entry = {"image_id": image["id"], "category_id": category,
                 "score": rng.choice([rng.random(), round(rng.random(), 1)])}
        if segm:
            # without boxes, loadRes takes compressed text alone
            entry["segmentation"] = random_mask(
                rng, box, image["width"], image["height"],
                ("polygon", "text") if with_boxes else ("text",))
        if not segm or with_boxes:
            entry["bbox"] = box
        found.append(entry)
    if found and rng.random() < 0.05:
        found = found[:1]
    return ({"images": images, "categories": categories,
             "annotations": annotations}, found)


def theirs(annotations, results, task, protocol):
    coco = COCO()
    coco.dataset = annotations
    coco.createIndex()
    if results:
        found = coco.loadRes(results)
    else:  # loadRes cannot read an empty list
        found = COCO()
        found.dataset = dict(annotations, annotations=[])
        found.createIndex()
    evaluation = COCOeval(coco, found, task)
    evaluation.params.maxDets = protocol["limits"]
    evaluation.params.useCats = int(not protocol["without_categories"])
    if protocol["ious"]:
        evaluation.params.iouThrs = numpy.array(protocol["ious"])
    evaluation.evaluate()
    evaluation.accumulate()
    cells = evaluation.eval
    stats = None
    if (protocol["limits"] == [1, 10, 100] and not protocol["ious"]
            and not protocol["without_categories"]):
        evaluation.summarize()
        stats = evaluation.stats
    return [cells["precision"], cells["scores"], cells["recall"]], stats


def ours(program, annotations, results, task, protocol, folder):
    paths = [os.path.join(folder, name) for name in
             ("annotations.json", "results.json", "cells")]
    for path, value in zip(paths, (annotations, results)):
        with open(path, "w") as file:
            json.dump(value, file)
    command = [program, task] + paths + [
        ",".join(map(str, protocol["limits"])),
        str(int(protocol["without_categories"]))]
    if protocol["ious"]:
        command.append(",".join(map(repr, protocol["ious"])))
    text = subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout
    return numpy.fromfile(paths[2]), numpy.array(
        [float(line) for line in text.split()])


def compare(program, seed, folder):
    """The greatest difference, and the data set."""
    rng = random.Random(seed)
    task = rng.choice(["bbox", "segm"])
    annotations, results = random_set(rng, task == "segm")
    protocol = {
        "limits": rng.choice([[1, 10, 100], [1, 10, 100], [1, 2, 3], [5]]),
        "without_categories": rng.random() < 0.2,
        "ious": rng.choice([None, None, [0.5], [0.3, 0.5, 1.0]])}
    mine, numbers = ours(program, annotations, results, task, protocol, folder)
    with contextlib.redirect_stdout(io.StringIO()):
        cells, stats = theirs(annotations, results, task, protocol)
    expected = numpy.concatenate([c.flatten() for c in cells])
    assert mine.shape == expected.shape, (mine.shape, expected.shape)
    worst = numpy.abs(mine - expected).max() if mine.size else 0.0
    if stats is not None:
        worst = max(worst, numpy.abs(numbers - stats).max())
    return worst, task, len(annotations["annotations"]), len(results)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    worst = 0.0
    objects = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            difference, task, truths, found = compare(program, seed, folder)
            objects += truths + found
            worst = max(worst, difference)
            if not difference <= 1e-12:
                print(f"seed {seed}: {task}, {truths} true, {found} found: "
                      f"a cell differs by {difference}")
                return 1
    print(f"{count} data sets, {objects} objects: the greatest difference in "
          f"any cell of precision, recall, scores is {worst:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
