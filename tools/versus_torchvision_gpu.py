#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""detect --device cuda against torchvision on the same GPU, in turns.

usage: versus_torchvision_gpu.py DETECT MODEL.safetensors PHOTO [ROUNDS [COPIES]]

Both get the same weights and COPIES (30) times the photo; the median time of a
photo counts, without the first five.  Torchvision runs eager and, where it
works, compiled, with floats (fp32), TF32, and both half precisions with
channels last.  Prints a Markdown table: milliseconds, photos a second, and how many
times as fast detect is in the same precision.  Needs torch with CUDA,
torchvision and Pillow.
"""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "tests", "parity"))
WARM_UP = 5


def detect_once(program, model, photo, copies, precision):
    """Milliseconds of a photo."""
    command = [program, "-q", "-m", model, "--device=cuda",
               "--precision=" + precision, "--format=jsonl", *([photo] * copies)]
    lines = subprocess.run(command, check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return statistics.median(json.loads(line)["ms"]
                             for line in lines[WARM_UP:])


def torchvision_once(network, photo, copies, autocast):
    """Milliseconds of a photo; `autocast` is a type of torch, or None."""
    import torch
    from PIL import Image
    from torchvision.transforms.functional import pil_to_tensor
    times = []
    for _ in range(copies):
        start = time.perf_counter()
        image = pil_to_tensor(Image.open(photo).convert("RGB")).cuda() / 255
        with torch.inference_mode(), torch.autocast(
                "cuda", dtype=autocast, enabled=autocast is not None):
            network([image])
        torch.cuda.synchronize()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[WARM_UP:])


def torchvision_ways(model):
    """Names and functions of (photo, copies) that give milliseconds."""
    import torch
    import torchvision_detections
    network = torchvision_detections.load(model).cuda()
    yield "fp32, eager", "fp32", network, False, None
    yield "tf32, eager", "tf32", network, True, None
    try:
        compiled = torchvision_detections.load(model).cuda()
        compiled.backbone = torch.compile(compiled.backbone)
        yield "tf32, compiled", "tf32", compiled, True, None
    except Exception as error:  # which of torch's parts fails differs
        print("torch.compile does not work:", error, file=sys.stderr)
    last = network.to(memory_format=torch.channels_last)
    yield "bf16, eager, channels last", "bf16", last, True, torch.bfloat16
    yield "fp16, eager, channels last", "fp16", last, True, torch.float16


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    program, model, photo = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    copies = int(sys.argv[5]) if len(sys.argv) > 5 else 30
    import torch
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    print("| torchvision | ms | detect, ms | times as fast |")
    print("| --- | ---: | ---: | ---: |")
    for name, precision, network, tf32, autocast in torchvision_ways(model):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        theirs, own = [], []
        for _ in range(rounds):
            theirs.append(torchvision_once(network, photo, copies, autocast))
            own.append(detect_once(program, model, photo, copies, precision))
        theirs, own = statistics.median(theirs), statistics.median(own)
        print(f"| {name} | {theirs:.1f} | {own:.1f} ({precision}) |"
              f" {theirs / own:.2f} |")


if __name__ == "__main__":
    main()
