#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our TIDE numbers against tidecv's, on random data sets and on COCO's own.

usage: tidecv_numbers.py TIDE_NUMBERS [COUNT [FOLDER]]

FOLDER may hold COCO's published fake results.  Exit code 77 without tidecv.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

from pycocotools_cells import random_set  # exits by itself, too

try:
    import tidecv
except ImportError:
    print("skipped: tidecv is not installed")
    sys.exit(77)

MAIN = ["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"]
SPECIAL = ["FalsePos", "FalseNeg"]


def theirs(annotations, results, task):
    mode = tidecv.TIDE.MASK if task == "segm" else tidecv.TIDE.BOX
    tide = tidecv.TIDE(mode=mode)
    run = tide.evaluate(tidecv.datasets.COCO(annotations),
                        tidecv.datasets.COCOResult(results), name="run")
    errors = tide.get_all_errors()
    counts = {kind.short_name: count
              for kind, count in run.count_errors().items()}
    return ([run.ap] + [errors["main"]["run"][name] for name in MAIN]
            + [errors["special"]["run"][name] for name in SPECIAL],
            [counts[name] for name in MAIN])


def compare(program, annotations, results, task):
    """The greatest difference, as part of 1."""
    text = subprocess.run([program, task, annotations, results], check=True,
                          capture_output=True, text=True).stdout
    numbers = [float(line) for line in text.split()]
    gains, counts = theirs(annotations, results, task)
    assert numbers[9:] == counts, (numbers[9:], counts)
    return max(abs(a - b / 100) for a, b in zip(numbers, gains))


def add_outlines(annotations):
    """tidecv wants a mask of everything true."""
    for entry in annotations["annotations"]:
        x, y, w, h = entry["bbox"]
        entry.setdefault("segmentation",
                         [[x, y, x, y + h, x + w, y + h, x + w, y]])


def compact(found, images):
    """tidecv takes compressed run lengths alone."""
    from pycocotools import mask as mask_api
    for entry in found:
        if isinstance(entry.get("segmentation"), list):
            image = images[entry["image_id"]]
            rle = mask_api.merge(mask_api.frPyObjects(
                entry["segmentation"], image["height"], image["width"]))
            entry["segmentation"] = {"size": rle["size"],
                                     "counts": rle["counts"].decode()}


def random_one(program, seed, folder):
    rng = random.Random(seed)
    task = rng.choice(["bbox", "segm"])
    annotations, found = random_set(rng, task == "segm")
    add_outlines(annotations)
    compact(found, {i["id"]: i for i in annotations["images"]})
    paths = [os.path.join(folder, name)
             for name in ("annotations.json", "results.json")]
    for path, value in zip(paths, (annotations, found)):
        with open(path, "w") as file:
            json.dump(value, file)
    try:
        return compare(program, paths[0], paths[1], task)
    except ZeroDivisionError:  # tidecv's mean over no classes; ours is 0
        return None


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    worst = 0.0
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, count + 1):
            difference = random_one(program, seed, folder)
            if difference is None:
                continue
            compared += 1
            worst = max(worst, difference)
            if difference > 1e-12:
                print(f"seed {seed}: {difference:g}")
    published = sys.argv[3] if len(sys.argv) > 3 else ""
    for task in "bbox", "segm":
        paths = [os.path.join(published, name) for name in
                 ("instances_val2014_100.json",
                  f"instances_val2014_fake{task}100_results.json")]
        if all(map(os.path.exists, paths)):
            difference = compare(program, *paths, task)
            print(f"COCO's fake {task} results: {difference:g}")
            worst = max(worst, difference)
    print(f"{compared} random data sets, worst difference {worst:g}")
    return worst > 1e-12 or compared < count / 2


if __name__ == "__main__":
    sys.exit(main())
