#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ten steps of a small Mask R-CNN beside torchvision's: the same weights, the
same images, and every anchor and RoI learned from, so that nothing is chosen
by chance.  Each of the five losses of each step must agree.

    python3 tests/parity/training_losses.py build/apps/detect-train

Needs python3-torch, python3-torchvision and python3-pil; exits with 77 where
they are missing.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    import torchvision
    from PIL import Image, ImageDraw
    from torchvision.models.detection import MaskRCNN
    from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
except ImportError as error:
    print("skipped: %s" % error)
    sys.exit(77)

STEPS, SIDE, IMAGES, CLASSES = 10, 128, 2, 3
RATE, MOMENTUM, DECAY = 0.002, 0.9, 1e-4
ALL = 60000  # more than there are anchors and RoIs
TOLERANCE = 1e-4
LOSSES = {"loss_rpn_cls": "loss_objectness", "loss_rpn_loc": "loss_rpn_box_reg",
          "loss_cls": "loss_classifier", "loss_box_reg": "loss_box_reg",
          "loss_mask": "loss_mask"}


def make_scene(random, shapes):
    """A picture of noise with ellipses, and their masks."""
    pixels = random.integers(0, 120, (SIDE, SIDE, 3)).astype(numpy.uint8)
    picture, masks = Image.fromarray(pixels), []
    for _ in range(shapes):
        x, y = random.integers(5, SIDE - 60, 2)
        w, h = random.integers(20, 55, 2)
        box = [int(x), int(y), int(x + w), int(y + h)]
        mask = Image.new("L", (SIDE, SIDE))
        ImageDraw.Draw(mask).ellipse(box, fill=1)
        colour = tuple(int(c) for c in random.integers(120, 255, 3))
        ImageDraw.Draw(picture).ellipse(box, fill=colour)
        masks.append(numpy.asarray(mask))
    return picture, masks


def runs(mask):
    """COCO's uncompressed run lengths."""
    counts, last, length = [], 0, 0
    for value in mask.flatten(order="F"):
        if value != last:
            counts.append(length)
            last, length = value, 0
        length += 1
    return counts + [length]


def make_data(folder):
    random = numpy.random.default_rng(7)
    data = {"images": [], "annotations": [],
            "categories": [{"id": i + 1, "name": "c%d" % i} for i in range(CLASSES)]}
    images, targets = [], []
    for i in range(IMAGES):
        picture, masks = make_scene(random, 3 + i)
        name = "%d.png" % i
        picture.save(os.path.join(folder, name))
        data["images"].append({"id": i + 1, "file_name": name, "width": SIDE, "height": SIDE})
        boxes, labels = [], []
        for mask in masks:
            ys, xs = numpy.where(mask)
            box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
            label = int(random.integers(0, CLASSES))
            boxes.append(box)
            labels.append(label + 1)
            data["annotations"].append({
                "id": len(data["annotations"]) + 1, "image_id": i + 1, "category_id": label + 1,
                "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
                "area": int(mask.sum()), "iscrowd": 0,
                "segmentation": {"size": [SIDE, SIDE], "counts": runs(mask)}})
        images.append(torchvision.transforms.functional.to_tensor(picture))
        targets.append({"boxes": torch.tensor(boxes, dtype=torch.float32),
                        "labels": torch.tensor(labels),
                        "masks": torch.tensor(numpy.stack(masks))})
    with open(os.path.join(folder, "data.json"), "w") as file:
        json.dump(data, file)
    return images, targets


def make_model():
    torch.manual_seed(3)
    body = torchvision.models.resnet18(norm_layer=torchvision.ops.misc.FrozenBatchNorm2d)
    model = MaskRCNN(
        _resnet_fpn_extractor(body, 5), CLASSES + 1, min_size=SIDE, max_size=SIDE,
        rpn_batch_size_per_image=ALL, box_batch_size_per_image=ALL,
        rpn_pre_nms_top_n_train=200, rpn_post_nms_top_n_train=60)
    with torch.no_grad():  # frozen norms do not tame a net from scratch
        for name, value in model.state_dict().items():
            if name.endswith("bn2.weight"):
                value.fill_(0.25)
    return model.train()


def reference(model, images, targets):
    steps = []
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad],
                                RATE, MOMENTUM, weight_decay=DECAY)
    for _ in range(STEPS):
        losses = model(images, targets)
        steps.append({ours: float(losses[theirs]) for ours, theirs in LOSSES.items()})
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    return steps


def ours(program, folder):
    settings = {"iterations": STEPS, "batch": IMAGES, "log_every": 1, "lr": RATE,
                "momentum": MOMENTUM, "weight_decay": DECAY, "decay_norms": 1,
                "schedule": "constant", "warmup": 0, "batch_norm": 0, "freeze": 0, "flip": 0,
                "in_order": 1,
                "min_scale": 0, "max_scale": 0,
                "rpn_batch": ALL, "roi_batch": ALL, "pre_nms": 200, "post_nms": 60}
    command = [program, "--arch", "maskrcnn_resnet18_fpn",
               "--data", os.path.join(folder, "data.json"),
               "--images", folder, "--init", os.path.join(folder, "model.pth"),
               "-o", os.path.join(folder, "run"), "-q"]
    for name, value in settings.items():
        command += ["--set", "%s=%s" % (name, value)]
    subprocess.run(command, check=True)
    with open(os.path.join(folder, "run", "metrics.jsonl")) as file:
        return [json.loads(line) for line in file]


def main():
    with tempfile.TemporaryDirectory() as folder:
        images, targets = make_data(folder)
        model = make_model()
        torch.save(model.state_dict(), os.path.join(folder, "model.pth"))
        expected = reference(model, images, targets)
        actual = ours(sys.argv[1], folder)
    worst = 0.0
    print("step  " + "  ".join("%-22s" % name for name in LOSSES))
    for i, (a, b) in enumerate(zip(actual, expected)):
        print("%4d  " % (i + 1) + "  ".join("%.7f %.7f   " % (a[n], b[n]) for n in LOSSES))
        worst = max([worst] + [abs(a[n] - b[n]) / max(1.0, abs(b[n])) for n in LOSSES])
    print("worst difference %.2g, allowed %.2g" % (worst, TOLERANCE))
    if len(actual) != STEPS or not worst <= TOLERANCE:
        sys.exit("the losses differ")


main()
