#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The measuring behind eval_speed.sh.

usage: eval_speed.py DETECT_EVAL FOLDER

Each tool is a process of its own; seconds and peak memory are the kernel's.
Ours is run five times and its median counts, the others once: they take long.
"""
import os
import re
import statistics
import subprocess
import sys
import time


def judge_with(tool, task, folder):
    """In a process of its own: "loading judging" in seconds on stderr."""
    if tool == "pycocotools":
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    else:
        from faster_coco_eval import COCO, COCOeval_faster as COCOeval
    start = time.perf_counter()
    truth = COCO(os.path.join(folder, "annotations.json"))
    found = truth.loadRes(os.path.join(folder, task + ".json"))
    loaded = time.perf_counter()
    evaluation = COCOeval(truth, found, task)
    evaluation.evaluate()
    evaluation.accumulate()
    judged = time.perf_counter()
    evaluation.summarize()
    print(*(repr(float(v)) for v in evaluation.stats[:12]))
    print(loaded - start, judged - loaded, file=sys.stderr)


def run(command):
    """Wall seconds, peak MiB, stdout, stderr."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as child:
        out, errors = child.stdout.read(), child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    if status:
        raise SystemExit(f"failed: {' '.join(command)}\n{errors}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, out, errors


def run_python(tool, task, folder):
    wall, peak, out, errors = run([sys.executable, __file__, "--tool", tool,
                                   task, folder])
    loading, judging = map(float, errors.split()[-2:])
    numbers = [float(v) for v in out.strip().split("\n")[-1].split()]
    return wall, loading, judging, peak, numbers


def run_ours(program, task, folder):
    runs = []
    for _ in range(5):
        wall, peak, out, errors = run([
            program, "-v", "-a", os.path.join(folder, "annotations.json"),
            "-p", os.path.join(folder, task + ".json"), "--task", task,
            "--json", "-"])
        loading = float(re.search(r"read in ([0-9.]+) s", errors).group(1))
        judging = float(re.search(r"judged in ([0-9.]+) s", errors).group(1))
        runs.append((wall, loading, judging, peak))
    names = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10",
             "AR100", "ARs", "ARm", "ARl")
    numbers = [float(re.search(rf'"{n}":([-0-9.e]+)', out).group(1))
               for n in names]
    return tuple(statistics.median(r[i] for r in runs)
                 for i in range(4)) + (numbers,)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--tool":
        judge_with(*sys.argv[2:5])
        return
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    program, folder = sys.argv[1:]
    print("| task | tool | whole, s | loading, s | judging, s | peak, MiB |\n"
          "| --- | --- | ---: | ---: | ---: | ---: |")
    lines = []
    for task in ("segm", "bbox"):
        rows = {"detect-eval": run_ours(program, task, folder)}
        for tool in ("faster-coco-eval", "pycocotools"):
            rows[tool] = run_python(tool, task, folder)
        ours = rows["detect-eval"]
        for tool, row in rows.items():
            print(f"| {task} | {tool} | {row[0]:.2f} | {row[1]:.2f} | "
                  f"{row[2]:.3f} | {row[3]:.0f} |", flush=True)
        theirs, fast = rows["pycocotools"], rows["faster-coco-eval"]
        worst = max(abs(a - b) for a, b in zip(ours[4], theirs[4]))
        lines.append(f"{task}, numbers: at most {worst:.1e} from "
                     "pycocotools'")
        lines.append(f"{task}, judging alone: {theirs[2] / ours[2]:.1f}x "
                     f"pycocotools, {fast[2] / ours[2]:.1f}x faster-coco-eval;"
                     f" peak memory {ours[3] / theirs[3]:.2f} of pycocotools'")
        lines.append(f"{task}: {theirs[0] / ours[0]:.1f}x pycocotools, "
                     f"{fast[0] / ours[0]:.1f}x faster-coco-eval")
    print("\n".join(lines))


main()
