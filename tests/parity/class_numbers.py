#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Classification and localization against a few lines of Python.

usage: class_numbers.py DETECT_EVAL [COUNT [FIRST_SEED]]

Random data sets with images of no, one and several classes, objects without a
box, crowds, overlaps of exactly 1/2, scores that tie, guesses that repeat and
guesses of unknown categories; every number, overall and for each class.  Where
it can, the same as one of ImageNet's texts.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction


def random_box(rng):
    return [rng.randrange(0, 20), rng.randrange(0, 20),
            rng.choice([1, 2, 4, 8, 10]), rng.choice([1, 2, 4, 8, 10])]


def near(rng, box):
    x, y, w, h = box
    return rng.choice([box, [x + w // 2, y, w, h], [x, y, 2 * w, h],
                       [x, y + 1, w, h], [x - 1, y, w + 1, h + 1],
                       random_box(rng)])


def random_set(rng, boxes):
    images = [{"id": i, "file_name": f"{i:04}.JPEG"}
              for i in rng.sample(range(1000), rng.randint(1, 30))]
    ids = rng.sample(range(50), rng.randint(1, 8))
    truths, found = [], []
    for image in images:
        objects = [(rng.choice(ids), random_box(rng))
                   for _ in range(rng.choice([0, 1, 1, 1, 2, 4]))]
        for category, box in objects:
            entry = {"id": len(truths) + 1, "image_id": image["id"],
                     "category_id": category,
                     "iscrowd": int(rng.random() < 0.1)}
            if boxes and rng.random() < 0.9:
                entry["bbox"] = box
            truths.append(entry)
        for _ in range(rng.choice([0, 1, 5, 12])):
            category, box = rng.choice(objects + [(99, random_box(rng))])
            if rng.random() < 0.5:
                category = rng.choice(ids)
            entry = {"image_id": image["id"], "category_id": category,
                     "score": rng.choice([rng.random(), 0.5, 0.25, -1])}
            if boxes:
                entry["bbox"] = near(rng, box)
            found.append(entry)
    rng.shuffle(truths)
    rng.shuffle(found)
    return {"images": images, "categories": [{"id": i} for i in ids],
            "annotations": truths}, found


def half(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return Fraction(both, a[2] * a[3] + b[2] * b[3] - both) >= Fraction(1, 2)


def wrong(truth, found, k, need_box, known=False):
    """The error, and that of each class, by id."""
    tally = {c["id"]: [] for c in truth["categories"]}
    every = []
    for image in truth["images"]:
        there = [t for t in truth["annotations"]
                 if t["image_id"] == image["id"]
                 and (not need_box or ("bbox" in t and not t["iscrowd"]))]
        said = sorted((f for f in found if f["image_id"] == image["id"]),
                      key=lambda f: -f["score"])[:k]
        if known:
            said = list({f["category_id"]: f for f in said[::-1]}.values())
        hit = {t["category_id"] for t in there for f in said
               if f["category_id"] == t["category_id"]
               and (not need_box or half(f["bbox"], t["bbox"]))}
        classes = {t["category_id"] for t in there}
        for c in classes:
            tally[c].append(c not in hit)
        if classes:
            every.append(not hit)
    return [sum(x) / len(x) if x else None
            for x in [every] + [tally[c] for c in sorted(tally)]]


def expected(truth, found, task):
    numbers = {}
    for k in (1, 5):
        error = wrong(truth, found, k, False)
        numbers[f"top{k}_error"] = error
        if task == "top1,top5":
            numbers[f"top{k}"] = [None if e is None else 1 - e for e in error]
        else:
            numbers[f"top{k}_loc_error"] = wrong(truth, found, k, True)
    if task == "loc":
        numbers["known_class_loc_error"] = wrong(truth, found, None, True, True)
    return numbers


def ours(program, truth, found, task):
    out = subprocess.run(
        [program, "-q", "-a", truth, "-p", found, "--task=" + task,
         "--json=-"], check=True, capture_output=True, text=True).stdout
    (numbers,) = json.loads(out).values()
    classes = numbers.pop("classes")
    return {name: [value] + [c[name] for c in classes]
            for name, value in numbers.items()}


def as_text(truth, found):
    """ImageNet's, or None where something cannot be said in it."""
    labels = {i: n + 1 for n, i in
              enumerate(sorted(c["id"] for c in truth["categories"]))}
    lines = []
    for image in sorted(truth["images"], key=lambda i: i["file_name"]):
        said = sorted((f for f in found if f["image_id"] == image["id"]),
                      key=lambda f: -f["score"])
        words = []
        for f in said:
            words.append(labels.get(f["category_id"], 1000))
            if "bbox" in f:
                x, y, w, h = f["bbox"]
                words += [x + 1, y + 1, x + w, y + h]
        lines.append(" ".join(map(str, words)))
    counts = [len(line.split()) for line in lines]
    with_boxes = any("bbox" in f for f in found)
    if not any(counts):
        return None
    if with_boxes != (max(counts) > 5 and all(n % 5 == 0 for n in counts)):
        return None  # one would be taken for the other
    return "".join(line + "\n" for line in lines)


def differ(mine, right):
    assert mine.keys() == right.keys(), (mine.keys(), right.keys())
    return any((a is None) != (b is None) or (a is not None
                                              and abs(a - b) > 1e-15)
               for name in right for a, b in zip(mine[name], right[name]))


def compare(program, seed, folder):
    """Whether a text was compared, too; None when a number differs."""
    rng = random.Random(seed)
    task = rng.choice(["top1,top5", "loc"])
    truth, found = random_set(rng, task == "loc" or rng.random() < 0.3)
    if task == "loc" and not any("bbox" in t and not t["iscrowd"]
                                 for t in truth["annotations"]):
        task = "top1,top5"
    right = expected(truth, found, task)
    text = as_text(truth, found)
    paths = [os.path.join(folder, name) for name in
             ("truth.json", "found.json", "found.txt")]
    for path, content in zip(paths, (json.dumps(truth), json.dumps(found),
                                     text)):
        with open(path, "w") as file:
            file.write(content or "")
    for path in paths[1:] if text else paths[1:2]:
        if differ(ours(program, paths[0], path, task), right):
            print(f"seed {seed}: {path}: a number differs")
            return None
    return bool(text)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    texts = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            text = compare(sys.argv[1], seed, folder)
            if text is None:
                return 1
            texts += text
    print(f"{count} data sets, {texts} of them as texts, too: all numbers "
          f"agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
