#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An ablation of the test-time procedure of 2015, as in table 9 of He et al.

usage: procedure_table.py DETECT_EVAL MODEL [--context MODEL] [--second MODEL]
           [--scales LIST] [--cascade MODEL] -- EVAL_OPTION...

Runs detect-eval with EVAL_OPTIONs (-a, --images, --list, -t, ...) once for each
row: as trained; + box refinement; + context (another model); + multi-scale
testing, which is test-time augmentation of models with several maps (FPN, DC5);
+ an ensemble with a second model; a network cascade, plain.  Prints a Markdown
table: AP, AP50, AP75 of boxes and masks, seconds and peak memory of the whole
run, and both as parts of the first row's.  Rows whose model or scales are not
given are left out.
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def parse(arguments):
    if "--" not in arguments or len(arguments) < 3:
        raise SystemExit(__doc__)
    split = arguments.index("--")
    own, passed = arguments[:split], arguments[split + 1:]
    settings = {"program": own[0], "model": own[1]}
    for key, value in zip(own[2::2], own[3::2]):
        settings[key.lstrip("-")] = value
    return settings, passed


def rows(settings):
    model = ["-m", settings["model"]]
    yield "as trained", model
    yield "+ box refinement", model + ["--refine=1"]
    if "context" in settings:
        model = ["-m", settings["context"]]
        yield "+ context", model + ["--refine=1"]
    options = ["--refine=1"]
    if "scales" in settings:
        options.append("--scales=" + settings["scales"])
        yield "+ multi-scale testing", model + options
    if "second" in settings:
        yield "+ ensemble of two", model + ["-m", settings["second"]] + options
    if "cascade" in settings:
        yield "network cascade", ["-m", settings["cascade"]]


def run(program, arguments):
    """The numbers, the seconds and the peak of memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "numbers.json")
        start = time.monotonic()
        process = subprocess.Popen(
            [program, *arguments, "--json=" + path, "-q", "--no-progress"],
            stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        if status != 0:
            raise SystemExit(f"{program} {' '.join(arguments)} failed")
        with open(path) as file:
            return json.load(file), seconds, usage.ru_maxrss / 1024


def numbers_of(tasks):
    """AP, AP50, AP75 of each task, as text."""
    cells = []
    for task in tasks:
        cells += [f"{task[name]:.3f}" for name in ("AP", "AP50", "AP75")]
    return cells


def main():
    settings, passed = parse(sys.argv[1:])
    first = None
    for name, options in rows(settings):
        found, seconds, memory = run(settings["program"], options + passed)
        tasks = {task: found[task] for task in ("bbox", "segm")
                 if task in found}
        if first is None:
            first = seconds, memory
            header = ["", *(f"{task} {number}" for task in tasks
                            for number in ("AP", "AP50", "AP75")),
                      "s", "MiB", "time", "memory"]
            print("| " + " | ".join(header) + " |")
            print("| --- |" + " ---: |" * (len(header) - 1))
        cells = [name, *numbers_of(tasks.values()), f"{seconds:.1f}",
                 f"{memory:.0f}", f"{seconds / first[0]:.2f}",
                 f"{memory / first[1]:.2f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
