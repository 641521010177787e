#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: make_corpus_coco.py FOLDER

Seeds for fuzz_coco: annotations, results and mask texts, good and bad.
"""
import json
import os
import sys

SQUARE = [[1, 1, 5, 1, 5, 5, 1, 5]]
TEXT = {"size": [12, 12], "counts": "=4848484_2"}
RUNS = {"size": [12, 12], "counts": [13, 4, 8, 4, 8, 4, 103]}


def annotations(*segmentations, **more):
    return json.dumps({
        "info": {"year": 2017, "list": [1, -2.5e3, None, True, "\u00e9\\"]},
        "images": [{"id": 1, "width": 12, "height": 12, "file_name": "a.jpg"},
                   {"id": 2, "file_name": "b\\c.jpg"}],
        "categories": [{"id": 1, "name": "one", "supercategory": "any"}],
        "annotations": [dict(
            {"id": i + 1, "image_id": 1, "category_id": 1, "iscrowd": i % 2,
             "area": 16.0, "bbox": [1, 1, 4, 4], "segmentation": s}, **more)
            for i, s in enumerate(segmentations)]}).encode()


def results(*extra):
    return json.dumps([dict({"image_id": 1, "category_id": 1, "score": 0.5},
                            **e) for e in extra]).encode()


def seeds():
    yield "annotations", annotations(SQUARE, TEXT, RUNS, SQUARE * 2)
    yield "boxes", annotations([[1, 1, 4, 4], [2, 2, 5, 5]])
    yield "unknown", annotations(SQUARE, image_id=9, category_id=9)
    yield "outside", annotations([[-50, -50, 1e6, 3, 2.5, 1e-7, 7, 9]])
    yield "far", annotations([[0, 0, 1e300, 0, 0, 1e300]])
    yield "odd", annotations([[1, 2, 3]], [], None)
    yield "results", results({"bbox": [1, 1, 4, 4]}, {"bbox": [0, 0, 5, 4]})
    yield "masks", results({"segmentation": TEXT}, {"segmentation": RUNS})
    yield "both", results({"bbox": [1, 1, 4, 4], "segmentation": TEXT})
    yield "negative", results({"bbox": [1, 1, -4, 4]})
    yield "empty", b"[]"
    yield "overflow", b'[{"image_id":1,"category_id":1,"score":1e999}]'
    yield "nan", b'[{"image_id":1,"category_id":1,"score":NaN}]'
    yield "deep", b'{"images":' + b"[" * 200
    yield "long", b'{"a":' + b"7" * 600 + b"}"
    yield "text", b"=4848484_2"
    yield "text_long", b"ooooooooo0"
    yield "text_sum", b"P1"
    yield "text_negative", b"0000@"
    yield "text_huge", b"oooooo0oooooo0"


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
