#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every cell of our LVIS evaluation against the lvis package's.

usage: lvis_cells.py COCO_CELLS [COUNT]

Random data sets as in pycocotools_cells.py, with rare, common and frequent
categories, negative and not exhaustive lists, ignored objects and images of
more than 300 results.  Exit code 77 without lvis.
"""
import logging
import os
import random
import subprocess
import sys
import tempfile
import json

try:
    import numpy
    numpy.float = float  # lvis 0.5.3 was written for an older numpy
    from lvis import LVIS, LVISEval, LVISResults
    from pycocotools_cells import random_set
except ImportError:
    print("skipped: lvis or pycocotools is not installed")
    sys.exit(77)


def federated(rng, annotations):
    ids = [c["id"] for c in annotations["categories"]]
    for category in annotations["categories"]:
        category.update(frequency=rng.choice("rcf"), synset="", synonyms=[],
                        **{"def": ""}, instance_count=0, image_count=0)
    for image in annotations["images"]:
        image["neg_category_ids"] = rng.sample(ids, rng.randint(0, len(ids)))
        image["not_exhaustive_category_ids"] = rng.sample(
            ids, rng.randint(0, len(ids) // 2))
    for number, entry in enumerate(annotations["annotations"]):
        entry["id"] = number + 1
        entry["iscrowd"] = 0
        entry["ignore"] = int(rng.random() < 0.1)


def theirs(annotations, results, task, folder):
    path = os.path.join(folder, "annotations.json")
    truth = LVIS(path)
    evaluation = LVISEval(truth, LVISResults(truth, results), task)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    numbers = [evaluation.results[k] for k in (
        "AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf",
        "AR@300", "ARs@300", "ARm@300", "ARl@300")]
    return numpy.concatenate([evaluation.eval["precision"].flatten(),
                              evaluation.eval["recall"].flatten()]), numbers


def ours(program, annotations, results, task, folder):
    paths = [os.path.join(folder, name) for name in
             ("annotations.json", "results.json", "cells")]
    for path, value in zip(paths, (annotations, results)):
        with open(path, "w") as file:
            json.dump(value, file)
    text = subprocess.run([program, task] + paths + ["lvis"], check=True,
                          capture_output=True, text=True).stdout
    cells = numpy.fromfile(paths[2])
    recalls = len(cells) // 203  # precision and scores have 101 each
    return (numpy.concatenate([cells[:101 * recalls], cells[-recalls:]]),
            [float(line) for line in text.split()])


def compare(program, seed, folder):
    rng = random.Random(seed)
    task = rng.choice(["bbox", "segm"])
    annotations, results = random_set(rng, task == "segm")
    if not results:
        return 0.0
    federated(rng, annotations)
    while rng.random() < 0.3 and len(results) < 3000:
        results = results + [dict(r) for r in results]
    mine, numbers = ours(program, annotations, results, task, folder)
    expected, stats = theirs(annotations, results, task, folder)
    assert mine.shape == expected.shape, (mine.shape, expected.shape)
    worst = numpy.abs(mine - expected).max() if mine.size else 0.0
    return max(worst, numpy.abs(numpy.array(numbers) - stats).max())


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    logging.disable(logging.CRITICAL)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, count + 1):
            difference = compare(sys.argv[1], seed, folder)
            worst = max(worst, difference)
            if not difference <= 1e-12:
                print(f"seed {seed}: a cell differs by {difference}")
                return 1
    print(f"{count} data sets: the greatest difference in any cell is "
          f"{worst:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
