#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""This project beside torch, ONNX Runtime and OpenVINO on the CPU, in turns.

All get the same weights, inputs and number of threads, in float32, each in
a process of its own.  Each engine first tries its ways (torch: eager, scripted,
...), of which the fastest stays; then ours and the others take turns, round
after round, and what counts is the fastest other's time / ours in each round.
docs/performance.md tells what the works are.  ONNX files and photos are made in
FOLDER once and kept.  Needs numpy and Pillow; torch and torchvision for each
--torch, numpy, Pillow and the engine for the others, where pycocotools is used
for masks if it is installed.
"""
import argparse
import json
import os
import platform
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "runtimes"))
import ours  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import setting  # noqa: E402
import turns  # noqa: E402
import works  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("programs", help="folder of detect and detect-bench")
    parser.add_argument("models", help="folder of resnet101.safetensors, "
                        "fasterrcnn_resnet101_c4.safetensors and\n"
                        "maskrcnn_resnet50_fpn.safetensors (detect-convert)")
    parser.add_argument("photo", help="any photo; parts of it are used")
    parser.add_argument("folder", help="where files are made and kept")
    for engine in ("torch", "onnxruntime", "openvino"):
        parser.add_argument(
            "--" + engine, metavar="PYTHON", action="append", default=[],
            help="a Python that has it; given again: another version")
    parser.add_argument("--only", metavar="WORK", action="append", default=[],
                        help="given again: several; default: all of\n"
                        + ", ".join(works.names()))
    parser.add_argument("--threads", type=int, action="append",
                        help="given again: both; default: 2 and 1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--way", action="append", default=[], dest="ways",
                        help="of torch's ways try this only; given again: "
                        "these\n(eager folded folded,channels_last script "
                        "script,channels_last compile)")
    parser.add_argument("--json", metavar="FILE", help="all times as JSON")
    options = parser.parse_args()
    options.pythons = {name: getattr(options, name) for name in
                       ("torch", "onnxruntime", "openvino")}
    if not options.torch:
        parser.error("--torch is needed once at least: it exports to ONNX")
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file
                     if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def measure(options, work, threads):
    result = turns.compare(setting.Setting(options, work, threads), say)
    report.print_engines(result)
    sys.stdout.flush()
    return result


def main():
    options = parse()
    chosen, lines = works.chosen(options.only)
    os.makedirs(options.folder, exist_ok=True)
    told = {"cpu": cpu(), "cpus": os.cpu_count(), "rounds": options.rounds,
            "ours": ours.version(options.programs), "results": [], "lines": []}
    print("%s, %d processors\n%s\n%d rounds" % (
        told["cpu"], told["cpus"], told["ours"], options.rounds))
    for threads in options.threads or (2, 1):
        for work in chosen:
            told["results"].append(measure(options, work, threads))
        for name in lines:
            points = [(x, measure(options, work, threads))
                      for x, work in works.LINES[name]]
            report.print_line(name, points)
            told["lines"].append({"name": name, "points": points})
    if told["results"]:
        report.print_summary(told["results"])
        report.print_memory(told["results"])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(told, file, indent=1)


if __name__ == "__main__":
    main()
