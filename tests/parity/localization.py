#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ImageNet localization (He et al. 2015, appendix C) beside a calculation of its
own from torch's parts: a localizer's proposals of the classes that are told, a
rescorer's choice among them, and the first steps in which both learn.

    python3 tests/parity/localization.py DETECT_EVAL DETECT_TRAIN LOCALIZER RESCORER

The models are of 10 classes, as tests/make_model makes them.  Needs
python3-torch, python3-torchvision and python3-pil; exits with 77 where they are
missing.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    import torchvision
    from PIL import Image
    from torch.nn import functional
    from torchvision.models.detection._utils import BoxCoder, Matcher
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.image_list import ImageList
    from torchvision.ops import boxes as box_ops
except ImportError as error:
    print("skipped: %s" % error)
    sys.exit(77)

CLASSES, SIDE, STRIDE = 10, 224, 32
SIZES = ((150, 220), (240, 130), (97, 101))  # of the photos, height and width
SCALES = (96, 160)
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
STEPS, RATE, MOMENTUM, DECAY = 5, 0.001, 0.9, 1e-4
RPN_CODER, REGION_CODER = BoxCoder((1, 1, 1, 1)), BoxCoder((10, 10, 5, 5))
BOX_TOLERANCE, SCORE_TOLERANCE, LOSS_TOLERANCE = 2e-2, 1e-4, 1e-4


# ------------------------------------------------------------------- networks

def read_weights(path):
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), file.read()
    eps = float(header.pop("__metadata__")["norm_eps"])
    weights = {}
    for name, item in header.items():
        begin, end = item["data_offsets"]
        values = numpy.frombuffer(data[begin:end], numpy.float32)
        weights[name] = torch.tensor(values.reshape(item["shape"]))
    return weights, eps


class Network:
    """ResNet-18 of any width whose norms are fixed, and the layers on it."""

    def __init__(self, path):
        self.weights, self.eps = read_weights(path)

    def conv(self, x, name, stride=1):
        weight = self.weights[name + ".weight"]
        return functional.conv2d(x, weight, self.weights.get(name + ".bias"), stride,
                                 weight.shape[2] // 2)

    def norm(self, x, name):
        values = [self.weights[name + suffix] for suffix in
                  (".running_mean", ".running_var", ".weight", ".bias")]
        return functional.batch_norm(x, *values, eps=self.eps)

    def block(self, x, name, stride):
        y = functional.relu(self.norm(self.conv(x, name + ".conv1", stride), name + ".bn1"))
        y = self.norm(self.conv(y, name + ".conv2"), name + ".bn2")
        if name + ".downsample.0.weight" in self.weights:
            x = self.norm(self.conv(x, name + ".downsample.0", stride), name + ".downsample.1")
        return functional.relu(x + y)

    def backbone(self, x):
        x = functional.relu(self.norm(self.conv(x, "backbone.body.conv1", 2),
                                      "backbone.body.bn1"))
        x = functional.max_pool2d(x, 3, 2, 1)
        for layer in range(1, 5):
            for i in range(2):
                stride = 2 if layer > 1 and i == 0 else 1
                x = self.block(x, "backbone.body.layer%d.%d" % (layer, i), stride)
        return x

    def rpn(self, images):
        """Logits [N, anchors, K] and deltas [N, anchors, K, 4]."""
        x = functional.relu(self.conv(self.backbone(images), "rpn.head.conv.0.0"))
        logits = self.conv(x, "rpn.head.cls_logits").permute(0, 2, 3, 1)
        deltas = self.conv(x, "rpn.head.bbox_pred").permute(0, 2, 3, 1)
        n, h, w, _ = logits.shape
        logits = logits.reshape(n, h, w, CLASSES, 9).transpose(3, 4)
        deltas = deltas.reshape(n, h, w, CLASSES, 9, 4).transpose(3, 4)
        return logits.reshape(n, -1, CLASSES), deltas.reshape(n, -1, CLASSES, 4)

    def regions(self, images):
        """Logits [N, K] and deltas [N, K, 4]."""
        x = self.backbone(images).mean((2, 3))
        name = "roi_heads.box_predictor."
        logits = functional.linear(x, self.weights[name + "cls_score.weight"],
                                   self.weights[name + "cls_score.bias"])
        deltas = functional.linear(x, self.weights[name + "bbox_pred.weight"],
                                   self.weights[name + "bbox_pred.bias"])
        return logits, deltas.reshape(-1, CLASSES, 4)

    def learned(self):
        return [value.requires_grad_() for name, value in self.weights.items()
                if ".bn" not in name and ".downsample.1." not in name]


def to_tensor(picture):
    pixels = torch.tensor(numpy.asarray(picture).copy()).permute(2, 0, 1) / 255
    return (pixels - MEAN) / STD


def anchors_of(height, width):
    generator = AnchorGenerator(((64, 128, 256),), ((0.5, 1.0, 2.0),))
    rows, columns = -(-height // STRIDE), -(-width // STRIDE)
    cells = generator.set_cell_anchors(torch.float32, torch.device("cpu"))
    assert cells is None
    return generator.grid_anchors([(rows, columns)],
                                  [[torch.tensor(STRIDE), torch.tensor(STRIDE)]])[0]


# ------------------------------------------------------------------ inference

def propose(network, picture, label, scales):
    """All views' proposals of a class in the photo's pixels, best first."""
    all_boxes, all_scores = [], []
    for scale in scales:
        height, width = picture.height, picture.width
        longer = scale * max(height, width) // min(height, width)
        h, w = (longer, scale) if height > width else (scale, longer)
        image = to_tensor(picture.resize((w, h), Image.BILINEAR))
        with torch.no_grad():
            logits, deltas = network.rpn(image[None])
        boxes = RPN_CODER.decode_single(deltas[0, :, label], anchors_of(h, w))
        scores = logits[0, :, label]
        order = scores.argsort(descending=True, stable=True)[:1000]
        boxes = box_ops.clip_boxes_to_image(boxes[order], (h, w))
        scores = scores[order]
        big = box_ops.remove_small_boxes(boxes, 1.0)
        boxes, scores = boxes[big], scores[big]
        keep = box_ops.nms(boxes, scores, 0.7)[:200]
        all_boxes.append(boxes[keep] * torch.tensor([width / w, height / h] * 2))
        all_scores.append(scores[keep].sigmoid())
    boxes, scores = torch.cat(all_boxes), torch.cat(all_scores)
    keep = box_ops.nms(boxes, scores, 0.7)[:200]
    return boxes[keep], scores[keep]


def region_of(box, picture):
    x1, y1, x2, y2 = box.tolist()
    x1 = min(max(numpy.floor(x1), 0), picture.width - 1)
    y1 = min(max(numpy.floor(y1), 0), picture.height - 1)
    x2 = min(max(numpy.ceil(x2), x1 + 1), picture.width)
    y2 = min(max(numpy.ceil(y2), y1 + 1), picture.height)
    return int(x1), int(y1), int(x2), int(y2)


def warp(picture, region):
    return to_tensor(picture.crop(region).resize((SIDE, SIDE), Image.BILINEAR))


def rescore(network, picture, label, boxes):
    """The best of the boxes, and its score."""
    regions = [region_of(box, picture) for box in boxes]
    with torch.no_grad():
        logits, deltas = network.regions(torch.stack([warp(picture, r) for r in regions]))
    scores = logits[:, label].sigmoid()
    boxes = REGION_CODER.decode_single(deltas[:, label], torch.tensor(regions).float())
    boxes = box_ops.clip_boxes_to_image(boxes, (picture.height, picture.width))
    return boxes[scores.argmax()], scores.max()


# ------------------------------------------------------------------- programs

def make_data(folder, name, sizes, random):
    data = {"images": [], "annotations": [],
            "categories": [{"id": k, "name": "class %d" % k} for k in range(CLASSES)]}
    pictures = []
    for i, (height, width) in enumerate(sizes):
        coarse = random.integers(0, 256, (7, 7, 3)).astype(numpy.uint8)
        picture = Image.fromarray(coarse).resize((width, height), Image.BICUBIC)
        picture.save(os.path.join(folder, "%s%d.png" % (name, i)))
        pictures.append(picture)
        data["images"].append({"id": i + 1, "file_name": "%s%d.png" % (name, i),
                               "width": width, "height": height})
        w, h = 0.61 * width, 0.47 * height
        data["annotations"].append({
            "id": i + 1, "image_id": i + 1, "category_id": (3 * i + 1) % CLASSES,
            "bbox": [0.21 * width, 0.3 * height, w, h], "area": w * h, "iscrowd": 0})
    path = os.path.join(folder, name + ".json")
    with open(path, "w") as file:
        json.dump(data, file)
    return path, pictures, data


def found(program, annotations, *options):
    folder = os.path.dirname(annotations)
    results = os.path.join(folder, "found.json")
    subprocess.run([program, "-a", annotations, "--images", folder, "--results", results,
                    "--box-scales", ",".join(str(s) for s in SCALES), "-q", *options],
                   check=True, stdout=subprocess.DEVNULL)
    with open(results) as file:
        return json.load(file)


def corners(results):
    values = torch.tensor([r["bbox"] for r in results])
    return torch.cat([values[:, :2], values[:, :2] + values[:, 2:]], 1)


def check_inference(folder, program, localizer, rescorer):
    random = numpy.random.default_rng(5)
    annotations, pictures, data = make_data(folder, "photo", SIZES, random)
    proposals = found(program, annotations, "--boxes", localizer, "--all-boxes")
    chosen = found(program, annotations, "--boxes", localizer, "--rescore", rescorer)
    networks = Network(localizer), Network(rescorer)
    for i, picture in enumerate(pictures):
        label = data["annotations"][i]["category_id"]
        boxes, scores = propose(networks[0], picture, label, SCALES)
        ours = [r for r in proposals if r["image_id"] == i + 1]
        assert len(ours) == len(boxes), (len(ours), len(boxes))
        box_error = (corners(ours) - boxes).abs().max().item()
        score_error = (torch.tensor([r["score"] for r in ours]) - scores).abs().max().item()
        best, score = rescore(networks[1], picture, label, boxes)
        mine, = [r for r in chosen if r["image_id"] == i + 1]
        assert mine["category_id"] == label
        best_error = (corners([mine])[0] - best).abs().max().item()
        best_score_error = abs(mine["score"] - score.item())
        print("photo %d: %d proposals, boxes differ by %.2g, scores by %.2g; the best "
              "of the rescorer by %.2g, %.2g" % (i, len(boxes), box_error, score_error,
                                                 best_error, best_score_error))
        if max(box_error, best_error) > BOX_TOLERANCE or \
           max(score_error, best_score_error) > SCORE_TOLERANCE:
            sys.exit("they differ")


# ------------------------------------------------------------------- learning

def rpn_losses(network, images, labels, truth):
    logits, deltas = network.rpn(images)
    anchors, matcher = anchors_of(SIDE, SIDE), Matcher(0.7, 0.3, True)
    chosen, targets, delta_loss = [], [], 0.0
    for i, label in enumerate(labels):
        matched = matcher(box_ops.box_iou(truth[i][None], anchors))
        sampled = matched != Matcher.BETWEEN_THRESHOLDS
        positive = matched >= 0
        chosen.append(logits[i, sampled, label])
        targets.append(positive[sampled].float())
        wanted = RPN_CODER.encode_single(truth[i][None].expand(int(positive.sum()), 4),
                                         anchors[positive])
        delta_loss += functional.smooth_l1_loss(deltas[i, positive, label], wanted,
                                                beta=1 / 9, reduction="sum")
    count = sum(len(c) for c in chosen)
    return {"loss_rpn_cls": functional.binary_cross_entropy_with_logits(
                torch.cat(chosen), torch.cat(targets)),
            "loss_rpn_loc": delta_loss / count}


def region_losses(network, images, labels, wanted):
    logits, deltas = network.regions(images)
    rows = torch.arange(len(labels))
    return {"loss_cls": functional.binary_cross_entropy_with_logits(
                logits[rows, labels], torch.ones(len(labels))),
            "loss_box_reg": functional.smooth_l1_loss(
                deltas[rows, labels], wanted, beta=1 / 9, reduction="sum") / len(labels)}


def steps_of(network, losses_of):
    optimizer = torch.optim.SGD(network.learned(), RATE, MOMENTUM, weight_decay=DECAY)
    steps = []
    for _ in range(STEPS):
        losses = losses_of(network)
        steps.append({name: value.item() for name, value in losses.items()})
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    return steps


def train(program, folder, annotations, kind, init, *options):
    settings = {"iterations": STEPS, "batch": 2, "log_every": 1, "lr": RATE,
                "momentum": MOMENTUM, "weight_decay": DECAY, "decay_norms": 1,
                "schedule": "constant", "warmup": 0, "batch_norm": 0, "freeze": 0,
                "flip": 0, "pca": 0, "jitter": 0,
                "in_order": 1, "min_scale": 0, "max_scale": 0, "rpn_batch": 60000}
    run = os.path.join(folder, kind)
    command = [program, "--arch", kind + "_resnet18_small", "--data", annotations, "--images",
               folder, "--init", init, "-o", run, "-q", *options]
    for name, value in settings.items():
        command += ["--set", "%s=%s" % (name, value)]
    subprocess.run(command, check=True)
    with open(os.path.join(run, "metrics.jsonl")) as file:
        return [json.loads(line) for line in file]


def compare(kind, actual, expected):
    worst = 0.0
    for i, (a, b) in enumerate(zip(actual, expected)):
        print("%s %d: " % (kind, i + 1)
              + "  ".join("%s %.6f %.6f" % (n, a[n], b[n]) for n in b))
        worst = max([worst] + [abs(a[n] - b[n]) / max(1.0, abs(b[n])) for n in b])
    print("worst difference %.2g, allowed %.2g" % (worst, LOSS_TOLERANCE))
    if len(actual) != STEPS or not worst <= LOSS_TOLERANCE:
        sys.exit("the losses differ")


def check_learning(folder, program, localizer, rescorer):
    random = numpy.random.default_rng(6)
    annotations, pictures, data = make_data(folder, "sample", [(SIDE, SIDE)] * 2, random)
    labels = [a["category_id"] for a in data["annotations"]]
    truth = corners(data["annotations"])
    images = torch.stack([to_tensor(p) for p in pictures])
    compare("localizer", train(program, folder, annotations, "localizer", localizer),
            steps_of(Network(localizer),
                     lambda network: rpn_losses(network, images, labels, truth)))

    # without proposals the true boxes are all that there is to choose
    empty = os.path.join(folder, "none.json")
    with open(empty, "w") as file:
        file.write("[]")
    regions = [region_of(box, p) for box, p in zip(truth, pictures)]
    parts = torch.stack([warp(p, r) for p, r in zip(pictures, regions)])
    wanted = REGION_CODER.encode_single(truth, torch.tensor(regions).float())
    compare("rescorer",
            train(program, folder, annotations, "rescorer", rescorer, "--proposals", empty),
            steps_of(Network(rescorer),
                     lambda network: region_losses(network, parts, labels, wanted)))


def main():
    eval_program, train_program, localizer, rescorer = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        check_inference(folder, eval_program, localizer, rescorer)
        check_learning(folder, train_program, localizer, rescorer)


main()
