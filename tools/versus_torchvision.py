#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""detect against torchvision: time of one photo, peak memory, time to start.

usage: versus_torchvision.py DETECT MODEL.safetensors PHOTO [ROUNDS [THREADS]]

Both get the same weights, photo and number of threads, and take turns (the
second of two photos counts, so that both are warm), because machines are noisy
and only a ratio in one run means something.  Needs python3-torch,
python3-torchvision and python3-pil.
"""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PARITY = os.path.join(HERE, os.pardir, "tests", "parity")


def torchvision_once(model, photo, threads):
    """In a process of its own: the second photo's seconds on stdout."""
    sys.path.insert(0, PARITY)
    import torch
    import torchvision_detections
    torch.set_num_threads(threads)
    network = torchvision_detections.load(model)
    for _ in range(2):
        start = time.perf_counter()
        pixels = torchvision_detections.read_photo(photo)
        with torch.no_grad():
            found = network([pixels])[0]
        torchvision_detections.describe(photo, pixels, found)
        seconds = time.perf_counter() - start
    print(seconds)


def run(command, environment):
    """stdout, wall seconds and peak memory in MiB of a process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, env=environment)
    text = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return text, time.perf_counter() - start, usage.ru_maxrss / 1024


def run_torchvision(model, photo, threads, environment):
    text, wall, peak = run([sys.executable, __file__, "--torchvision", model,
                            photo, str(threads)], environment)
    return float(text), wall, peak


def run_detect(detect, model, photo, threads, environment):
    text, wall, peak = run([detect, "-q", "-m", model, "-t", str(threads),
                            "--format=jsonl", photo, photo], environment)
    return json.loads(text.splitlines()[1])["ms"] / 1e3, wall, peak


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--torchvision":
        torchvision_once(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return 0
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    detect, model, photo = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    threads = int(sys.argv[5]) if len(sys.argv) > 5 else 2
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    theirs, ours = [], []
    for i in range(rounds):
        theirs.append(run_torchvision(model, photo, threads, environment))
        ours.append(run_detect(detect, model, photo, threads, environment))
        print(f"round {i + 1}: torchvision {theirs[-1][0]:.2f} s, "
              f"detect {ours[-1][0]:.2f} s, "
              f"ratio {theirs[-1][0] / ours[-1][0]:.2f}", flush=True)
    ratio = statistics.median(a[0] / b[0] for a, b in zip(theirs, ours))
    start = statistics.median(a[1] / b[1] for a, b in zip(theirs, ours))
    peak = [max(x[2] for x in side) for side in (theirs, ours)]
    print(f"one photo:   detect is {ratio:.2f} times as fast as torchvision "
          f"(median of {rounds} rounds, {threads} threads)")
    print(f"two photos from the prompt: {start:.2f} times as fast")
    print(f"peak memory: torchvision {peak[0]:.0f} MiB, detect {peak[1]:.0f} "
          f"MiB, {peak[1] / peak[0]:.2f} of it")
    return 0 if ratio >= 1 and peak[1] <= 0.5 * peak[0] else 1


if __name__ == "__main__":
    sys.exit(main())
