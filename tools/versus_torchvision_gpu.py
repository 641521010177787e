#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""detect --device cuda against torch on the same GPU, in turns.

usage: versus_torchvision_gpu.py DETECT MODEL.safetensors PHOTO
           [BATCH [eager|compiled [ROUNDS]]]

Both get the same weights and, at 800 x 1333, the same photo, BATCH (1) at once;
each reads and decodes it. A round is RUNS batches of torch's, then as many of
detect's, timed together without the first WARM_UP: detect decodes photos while
it looks at others, so that the time of one alone would say less. The median of
ROUNDS (3) counts. Torch runs eager or compiled (backbone and heads; what lies
between them has shapes that change), without a word both, with floats, TF32, and
both half precisions with channels last. Prints a Markdown table: milliseconds a
photo, photos a second, and how many times as fast detect is in the same
precision. Fails where detect does, or had to go on one by one. Needs torch,
torchvision and Pillow; DEVICE (cuda) may be "cpu" to try the script.
"""
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "tests", "parity"))
DEVICE = os.environ.get("DEVICE", "cuda")
RUNS, WARM_UP = 20, 5
SIDES = {"cuda": (1333, 800), "cpu": (96, 64)}[DEVICE]


def settle():
    import torch
    if DEVICE == "cuda":
        torch.cuda.synchronize()


class Detect:
    """The program, as its user starts it."""

    def __init__(self, program, model, photo, batch):
        self.command = [program, "--no-progress", "-m", model,
                        "--device=" + DEVICE, "--format=jsonl"]
        if batch > 1:
            self.command.append(f"--batch={batch}")
        self.photos = [photo] * (batch * RUNS)
        self.skipped = batch * WARM_UP

    def time(self, precision):
        """Milliseconds a photo."""
        command = list(self.command)
        if DEVICE != "cpu":
            command.append("--precision=" + precision)
        with tempfile.TemporaryFile("w+") as messages:
            with subprocess.Popen(command + self.photos, stderr=messages,
                                  stdout=subprocess.PIPE) as process:
                # A batch's lines are written when all of it was looked at.
                ends = [time.perf_counter() for _ in process.stdout]
            messages.seek(0)
            said = messages.read()
        if process.returncode or "warning: --batch" in said:
            raise SystemExit(said)
        photos = len(ends) - self.skipped
        return 1e3 * (ends[-1] - ends[self.skipped - 1]) / photos


class Torch:
    """One way of torch's: how floats are multiplied, compiled or not."""

    def __init__(self, model, compiled, tf32, half):
        import torch
        import torchvision_detections
        self.tf32, self.half = tf32, half
        self.network = torchvision_detections.load(model).to(DEVICE)
        if half:
            self.network = self.network.to(memory_format=torch.channels_last)
        if compiled:
            heads = self.network.roi_heads
            self.network.backbone = torch.compile(self.network.backbone)
            self.network.rpn.head = torch.compile(self.network.rpn.head,
                                                  dynamic=True)
            heads.box_head = torch.compile(heads.box_head, dynamic=True)

    def time(self, photo, batch):
        """Milliseconds a photo."""
        import torch
        from PIL import Image
        from torchvision.transforms.functional import pil_to_tensor
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32
        types = {"bf16": torch.bfloat16, "fp16": torch.float16}
        for i in range(RUNS):
            if i == WARM_UP:
                start = time.perf_counter()
            images = [pil_to_tensor(Image.open(photo).convert("RGB"))
                      .to(DEVICE) / 255 for _ in range(batch)]
            cast = (torch.autocast(DEVICE, dtype=types[self.half]) if self.half
                    else contextlib.nullcontext())
            with torch.inference_mode(), cast:
                self.network(images)
            settle()
        photos = batch * (RUNS - WARM_UP)
        return 1e3 * (time.perf_counter() - start) / photos


# Name, compiled, TF32 allowed, half; detect's precision.
WAYS = [("fp32, eager", False, False, "", "fp32"),
        ("fp32, compiled", True, False, "", "fp32"),
        ("tf32, eager", False, True, "", "tf32"),
        ("tf32, compiled", True, True, "", "tf32"),
        ("bf16, eager, channels last", False, True, "bf16", "bf16"),
        ("bf16, compiled, channels last", True, True, "bf16", "bf16"),
        ("fp16, eager, channels last", False, True, "fp16", "fp16"),
        ("fp16, compiled, channels last", True, True, "fp16", "fp16")]


def write_photo(photo, path):
    from PIL import Image
    Image.open(photo).convert("RGB").resize(SIDES).save(path, quality=90)


def compare(model, way, detect, photo, batch, rounds):
    name, compiled, tf32, half, precision = way
    theirs, own = [], []
    torch_way = Torch(model, compiled, tf32, half)
    for _ in range(rounds):
        theirs.append(torch_way.time(photo, batch))
        own.append(detect.time(precision))
    theirs, own = statistics.median(theirs), statistics.median(own)
    print(f"| {name} | {theirs:.2f} | {1e3 / theirs:.1f} | {own:.2f} |"
          f" {1e3 / own:.1f} | {theirs / own:.2f} |", flush=True)


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    program, model, photo = sys.argv[1:4]
    batch = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    kind = sys.argv[5] if len(sys.argv) > 5 else ""
    rounds = int(sys.argv[6]) if len(sys.argv) > 6 else 3
    import torch
    print(torch.cuda.get_device_name() if DEVICE == "cuda" else DEVICE,
          "torch", torch.__version__, "batch", batch)
    print("| torch | ms | photos/s | detect, ms | photos/s | times as fast |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        resized = os.path.join(folder, "photo.jpg")
        write_photo(photo, resized)
        detect = Detect(program, model, resized, batch)
        for way in (way for way in WAYS if kind in way[0]):
            try:
                compare(model, way, detect, resized, batch, rounds)
            except Exception as error:  # which of torch's parts fails differs
                print(f"| {way[0]} | does not work: {type(error).__name__} |"
                      " | | | |", flush=True)
                print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
