#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What torchvision detects with the weights of a model file.

usage: torchvision_detections.py [OPTIONS] OUT_DIR MODEL.safetensors... -- PHOTO...

Writes OUT_DIR/model0.pth, ... and OUT_DIR/detections.json, the reference of
compare_detections.  With an option, or several models, torchvision's parts are
put together in the way of He et al. 2015 (torchvision_procedure.py):
    --refine=N  --scales=200,400,600  --scale-merge=conv5|pooled
--batch=N alone gives the network N photos at once.
With --device=cuda torchvision's own networks run on a GPU, if torch has one.
Needs python3-torch, python3-torchvision and python3-pil.
"""
import json
import os
import struct
import sys

import numpy
import torch
import torchvision
from PIL import Image
from torch import nn
from torchvision.models import detection
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import (BackboneWithFPN,
                                                         resnet_fpn_backbone)
from torchvision.models.resnet import BasicBlock
from torchvision.ops import MultiScaleRoIAlign, misc

import run_lengths
from torchvision_procedure import Augmented, Procedure

# What weights begin with says nothing: they are loaded.
for initial in dir(nn.init):
    if initial.endswith("_") and not initial.startswith("_"):
        setattr(nn.init, initial, lambda tensor, *_, **__: tensor)


def read_safetensors(path):
    """Float32 tensors by name, and the metadata."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], "<f4")
        tensors[name] = torch.from_numpy(
            values.reshape(entry["shape"]).copy())
    return tensors, metadata


class Conv5Head(nn.Module):
    """conv5 on every RoI, then the mean over its places."""

    def __init__(self, layer4):
        super().__init__()
        self.layer4 = layer4

    def forward(self, x):
        return self.layer4(x).mean(dim=(2, 3))


class Predictor(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.cls_score = nn.Linear(channels, classes)
        self.bbox_pred = nn.Linear(channels, classes * 4)

    def forward(self, x):
        return self.cls_score(x), self.bbox_pred(x)


def build_c4(resnet, classes, sizes, smallest_anchor=32):
    trunk = nn.Sequential()
    for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2",
                 "layer3"):
        trunk.add_module(name, getattr(resnet, name))
    block = resnet.layer4[-1]
    out_channels = getattr(block, "conv3", block.conv2).out_channels
    trunk.out_channels = out_channels // 2
    anchors = detection.rpn.AnchorGenerator(
        (tuple(smallest_anchor << i for i in range(5)),), ((0.5, 1.0, 2.0),))
    return detection.FasterRCNN(
        trunk, rpn_anchor_generator=anchors,
        box_roi_pool=MultiScaleRoIAlign(["0"], 14, 2),
        box_head=Conv5Head(resnet.layer4),
        box_predictor=Predictor(out_channels, classes),
        rpn_post_nms_top_n_test=300, **sizes)


def small_resnet():
    """ResNet-18 at half its width."""
    norm = misc.FrozenBatchNorm2d
    body = torchvision.models.resnet18(weights=None, norm_layer=norm)
    body.conv1 = nn.Conv2d(3, 32, 7, 2, 3, bias=False)
    body.bn1 = norm(32)
    body.inplanes = 32
    for i in range(4):
        setattr(body, f"layer{i + 1}", body._make_layer(
            BasicBlock, 32 << i, 2, stride=2 if i else 1))
    return body


def build_small(classes, sizes, masks):
    """torchvision's parts at half their width."""
    body = small_resnet()
    backbone = BackboneWithFPN(
        body, {f"layer{i + 1}": str(i) for i in range(4)},
        [32, 64, 128, 256], 128)
    heads = {
        "rpn_anchor_generator": detection.rpn.AnchorGenerator(
            tuple((16 << i,) for i in range(5)), ((0.5, 1.0, 2.0),) * 5),
        "box_head": detection.faster_rcnn.TwoMLPHead(128 * 7 * 7, 512),
        "box_predictor": Predictor(512, classes), **sizes}
    if not masks:
        return detection.FasterRCNN(backbone, **heads)
    return detection.MaskRCNN(
        backbone, mask_head=detection.mask_rcnn.MaskRCNNHeads(
            128, (128,) * 4, 1),
        mask_predictor=detection.mask_rcnn.MaskRCNNPredictor(
            128, 128, classes), **heads)


def build(name, classes, sizes):
    if name == "fasterrcnn_resnet18_c4_small":
        return build_c4(small_resnet(), classes, sizes, 16)
    if name.endswith("_small"):
        return build_small(classes, sizes, name.startswith("mask"))
    if name.endswith("_c4"):
        resnet = getattr(torchvision.models, name.split("_")[1])
        return build_c4(resnet(weights=None), classes, sizes)
    if name.endswith("_v2"):
        return getattr(detection, name)(
            weights=None, weights_backbone=None, num_classes=classes, **sizes)
    backbone = resnet_fpn_backbone(
        backbone_name="resnet101" if "resnet101" in name else "resnet50",
        weights=None, norm_layer=misc.FrozenBatchNorm2d)
    kind = (detection.MaskRCNN if name.startswith("mask")
            else detection.FasterRCNN)
    model = kind(backbone, classes, **sizes)
    overwrite_eps(model, 0.0)
    return model


def load(path):
    tensors, metadata = read_safetensors(path)
    name = metadata["architecture"]
    model = build(name, tensors["roi_heads.box_predictor.cls_score.weight"]
                  .shape[0],
                  {"min_size": int(metadata["min_size"]),
                   "max_size": int(metadata["max_size"])})
    if "_c4" in name:
        tensors = {key.replace("backbone.body.", "backbone."): value
                   for key, value in tensors.items()}
    scores = tensors["roi_heads.box_predictor.cls_score.weight"]
    predictor = model.roi_heads.box_predictor
    model.sees_whole_image = (scores.shape[1]
                              == 2 * predictor.cls_score.in_features)
    if model.sees_whole_image:
        model.roi_heads.box_predictor = Predictor(scores.shape[1],
                                                  scores.shape[0])
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    missing = [key for key in missing if "num_batches_tracked" not in key]
    if missing or unexpected:
        raise SystemExit(f"{path}: missing {missing}, unexpected {unexpected}")
    return model.eval()


def runs(mask):
    return {"size": list(mask.shape), "counts": run_lengths.compressed(mask)}


def read_photo(path):
    pixels = numpy.array(Image.open(path).convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def describe(path, photo, out):
    found = {"file": os.path.basename(path), "height": photo.shape[1],
             "width": photo.shape[2], "boxes": out["boxes"].tolist(),
             "scores": out["scores"].tolist(),
             "labels": out["labels"].tolist()}
    if "masks" in out:
        found["masks"] = [runs((mask[0] > 0.5).numpy())
                          for mask in out["masks"]]
    return found


def run_plain(model, photos):
    place = next(model.parameters()).device
    return [{name: values.cpu() for name, values in out.items()}
            for out in model([photo.to(place) for photo in photos])]


def parse(arguments):
    options = {"refine": "0", "scales": "", "scale-merge": "conv5",
               "batch": "1", "device": "cpu"}
    while arguments and arguments[0].startswith("--"):
        key, _, value = arguments.pop(0)[2:].partition("=")
        options[key] = value
    if len(arguments) < 3 or "--" not in arguments:
        raise SystemExit(__doc__)
    split = arguments.index("--")
    return options, arguments[0], arguments[1:split], arguments[split + 1:]


def batches(items, length):
    return [items[i:i + length] for i in range(0, len(items), length)]


def main():
    options, folder, paths, photos = parse(sys.argv[1:])
    models = [load(path) for path in paths]
    for i, model in enumerate(models):
        torch.save(model.state_dict(), os.path.join(folder, f"model{i}.pth"))
    scales = [int(side) for side in options["scales"].split(",") if side]
    if scales and hasattr(models[0].backbone, "fpn"):
        procedure = Augmented(models, int(options["refine"]), scales,
                              "no-flip" not in options)
    else:
        procedure = Procedure(models, int(options["refine"]), scales,
                              options["scale-merge"] == "pooled")
    on_gpu = options["device"] == "cuda" and torch.cuda.is_available()
    is_plain = (len(models) == 1 and not scales and options["refine"] == "0"
                and not models[0].sees_whole_image)
    # One thread would take other kernels, whose last bits differ.
    torch.set_num_threads(max(2, torch.get_num_threads()))
    if is_plain and on_gpu:
        # As exact as the CPU's.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        models[0].cuda()
    found = []
    with torch.no_grad():
        for paths in batches(photos, int(options["batch"])):
            images = [read_photo(path) for path in paths]
            outs = (run_plain(models[0], images) if is_plain
                    else map(procedure.run, images))
            found += map(describe, paths, images, outs)
    with open(os.path.join(folder, "detections.json"), "w") as file:
        json.dump({"photos": found}, file)


if __name__ == "__main__":
    main()
