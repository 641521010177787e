#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A training step of ours beside torch's, in one run: time and peak memory.

    tools/versus_torch_training.py build/apps/detect-train cifar CIFAR_FOLDER [STEPS]
    tools/versus_torch_training.py build/apps/detect-train detector COCO.json IMAGES [STEPS]

cifar: ResNet-56, 128 images of 32 x 32.  detector: Mask R-CNN on ResNet-50 with
a pyramid, one photo with a shorter side of 800, first two stages frozen, fixed
norms.  Both on all processors, a detector with DEVICE=cuda in the environment on a
GPU, in its PRECISION (fp32, tf32, bf16, fp16); each program is a process of its
own, and they take turns.  Needs python3-torch and python3-torchvision.
"""
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
DEVICE = os.environ.get("DEVICE", "cpu")
PRECISION = os.environ.get("PRECISION", "fp32")


def torch_cifar(steps):
    import torch
    import torch.nn.functional as F
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.extra = outputs // 4 if stride == 2 else 0

        def forward(self, x):
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            if self.extra:
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.extra, self.extra))
            return F.relu(y + x)

    layers, width = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for stage in range(3):
        for block in range(9):
            layers.append(Block(width, 16 << stage, 2 if stage and not block else 1))
            width = 16 << stage
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=1e-4)
    images, labels = torch.randn(128, 3, 32, 32), torch.randint(0, 10, (128,))
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return times


def torch_detector(steps, annotations, folder):
    import torch
    import torchvision
    from PIL import Image
    model = torchvision.models.detection.maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, trainable_backbone_layers=5,
        rpn_post_nms_top_n_train=1000, norm_layer=torchvision.ops.misc.FrozenBatchNorm2d).train()
    for name, parameter in model.backbone.body.named_parameters():
        parameter.requires_grad_(not name.startswith(("conv1", "layer1")))
    with open(annotations) as file:
        data = json.load(file)
    samples = []
    for image in data["images"]:
        objects = [a for a in data["annotations"]
                   if a["image_id"] == image["id"] and not a["iscrowd"] and a["bbox"][2] > 1
                   and a["bbox"][3] > 1]
        if not objects:
            continue
        pixels = Image.open(os.path.join(folder, image["file_name"])).convert("RGB")
        boxes = torch.tensor([[x, y, x + w, y + h] for x, y, w, h in (a["bbox"] for a in objects)])
        masks = torch.zeros(len(objects), pixels.height, pixels.width, dtype=torch.uint8)
        for mask, (x1, y1, x2, y2) in zip(masks, boxes.int().tolist()):
            mask[y1:y2, x1:x2] = 1
        samples.append((torchvision.transforms.functional.to_tensor(pixels),
                        {"boxes": boxes.float(), "masks": masks,
                         "labels": torch.ones(len(objects), dtype=torch.int64)}))
        if len(samples) == steps:
            break
    model.to(DEVICE)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = PRECISION != "fp32"
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 1e-5, 0.9)
    scaler = torch.cuda.amp.GradScaler(enabled=PRECISION == "fp16")
    times = []
    for image, target in samples:
        start = time.perf_counter()
        optimizer.zero_grad()
        target = {name: values.to(DEVICE) for name, values in target.items()}
        with half_precision(torch):
            loss = sum(model([image.to(DEVICE)], [target]).values())
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return times


def half_precision(torch):
    types = {"bf16": torch.bfloat16, "fp16": torch.float16}
    if PRECISION not in types:
        return contextlib.nullcontext()
    return torch.autocast(DEVICE, dtype=types[PRECISION])


def torch_side(arguments):
    import torch
    torch.set_num_threads(os.cpu_count())
    kind, steps = arguments[0], int(arguments[1])
    times = torch_cifar(steps) if kind == "cifar" else torch_detector(steps, *arguments[2:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"times": times, "peak": peak}))


def run_ours(program, kind, steps, arguments, folder):
    run = os.path.join(folder, "run%d" % len(os.listdir(folder)))
    settings = ["iterations=%d" % steps, "log_every=1"]
    if kind == "cifar":
        command = [program, "--arch", "resnet56", "--data", arguments[0], "--list", "train"]
    else:
        command = [program, "--arch", "maskrcnn_resnet50_fpn", "--data", arguments[0],
                   "--images", arguments[1]]
        command += ["--device", DEVICE]
        if PRECISION != "fp32":
            command += ["--precision", PRECISION]
        settings += ["lr=0.00001", "min_scale=800", "max_scale=800"]
    command += ["-o", run, "-q"] + [w for s in settings for w in ("--set", s)]
    subprocess.run(["/usr/bin/env", "python3", "-c",
                    "import resource,subprocess,sys;"
                    "subprocess.run(sys.argv[2:],check=True);"
                    "open(sys.argv[1],'w').write(str("
                    "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024))",
                    run + ".peak"] + command, check=True)
    with open(os.path.join(run, "metrics.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    with open(run + ".peak") as file:
        return [line["time"] for line in lines], float(file.read())


def run_torch(kind, steps, arguments):
    answer = subprocess.run([sys.executable, os.path.abspath(__file__), "--torch", kind,
                             str(steps)] + arguments, check=True, stdout=subprocess.PIPE)
    answer = json.loads(answer.stdout)
    return answer["times"], answer["peak"]


def main():
    program, kind = sys.argv[1], sys.argv[2]
    count = 1 if kind == "cifar" else 2
    arguments = sys.argv[3:3 + count]
    steps = int(sys.argv[3 + count]) if len(sys.argv) > 3 + count else 8
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            ours, our_peak = run_ours(program, kind, steps, arguments, folder)
            theirs, their_peak = run_torch(kind, steps, arguments)
            a, b = statistics.median(ours[1:]), statistics.median(theirs[1:])
            ratios.append(a / b)
            print("ours %.3f s a step, %.0f MiB; torch %.3f s, %.0f MiB: %.2f of its time, "
                  "%.2f of its memory" % (a, our_peak, b, their_peak, a / b,
                                          our_peak / their_peak), flush=True)
    print("%s: median %.2f of torch's time (%.2f to %.2f)" % (
        kind, statistics.median(ratios), min(ratios), max(ratios)))


if sys.argv[1] == "--torch":
    torch_side(sys.argv[2:])
else:
    main()
