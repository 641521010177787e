# SPDX-License-Identifier: MIT
"""This project's programs: times, memory and results."""
import json
import os

import process

STAGES = {"trunk": "backbone", "head": "roi", "regions": "roi"}
WHAT = {"head": "RoIAlign, conv5, predictors and NMS",
        "regions": "RoIAlign, conv5, predictors and NMS"}


def input_arguments(work, photo):
    if work.kind == "classify":
        return ["--size=%dx%d" % work.size, "--batch=%d" % work.count]
    if work.kind == "trunk":  # without the regions, of which nobody asks
        return ["--size=%dx%d" % work.size, "--proposals=1"]
    return ["--proposals=%d" % work.count, photo]


def measure(setting, repeats):
    """Milliseconds (the median of some runs) and MiB, in a new process."""
    work = setting.work
    if work.kind == "start":
        _, ms, peak = process.finished(detect_command(setting))
        return ms, peak
    text, _, _ = process.finished(
        [program(setting, "detect-bench"), "-q", "-m", setting.model, "-t",
         str(setting.threads), "--repeat=%d" % repeats, "--warmup=1", "--json",
         *input_arguments(work, setting.photo)])
    told = json.loads(text)
    row = told["total"]
    if work.kind in STAGES:
        row, = [stage for stage in told["stages"]
                if stage["name"] == STAGES[work.kind]]
    return row["p50_ms"], told["peak_memory_mib"]


def program(setting, name):
    return os.path.join(setting.options.programs, name)


def detect_command(setting):
    return [program(setting, "detect"), "-q", "-m", setting.model, "-t",
            str(setting.threads), "--format=jsonl", setting.photo]


def detections(setting):
    """In the shape of detections.describe."""
    text, _, _ = process.finished(detect_command(setting))
    objects = json.loads(text)["objects"]
    found = {"boxes": [[x, y, x + w, y + h] for x, y, w, h in
                       (item["bbox"] for item in objects)],
             "labels": [item["category_id"] for item in objects],
             "scores": [item["score"] for item in objects]}
    if objects and "segmentation" in objects[0]:
        found["sides"] = objects[0]["segmentation"]["size"]
        found["masks"] = [item["segmentation"]["counts"] for item in objects]
    return found


def probabilities(setting):
    """[1, classes] lists."""
    text, _, _ = process.finished(
        [program(setting, "detect-classify"), "-q", "--json", "-m",
         setting.model, "-t", str(setting.threads), "--top=1000",
         setting.photo])
    classes = json.loads(text)["classes"]
    values = {item["label"]: item["probability"] for item in classes}
    return [[values[label] for label in sorted(values)]]


def result(setting):
    """None of a stage, which no program prints."""
    if setting.kind == "classify":
        return probabilities(setting)
    return detections(setting) if setting.kind == "detect" else None


def version(programs):
    text, _, _ = process.finished([os.path.join(programs, "detect"),
                                   "--version"])
    return text.decode().splitlines()[0]
