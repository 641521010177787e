#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Detectron's rules detect with the weights of a model file.

usage: detectron_detections.py MODEL.safetensors OUT_DIR MIN_SIZE MAX_SIZE
                               PHOTO...

MODEL is e2e_faster_rcnn_R-50-FPN or e2e_mask_rcnn_R-50-FPN.  Writes
OUT_DIR/model_final.pkl, by Caffe2's names and with the norms as scale and
shift, and OUT_DIR/detections.json, the reference of compare_detections.  Needs
python3-torchvision and python3-pil.

Rules: facebookresearch/Detectron detectron/{core/test,utils/blob,utils/boxes,
modeling/FPN,modeling/generate_anchors,ops/generate_proposals}.py; RoIAlign
and the pasting of masks are torchvision's, which were made after Caffe2's.
"""
import json
import os
import pickle
import sys

import numpy
import torch
import torchvision
from PIL import Image
from torch.nn import functional
from torchvision.models.detection.roi_heads import paste_masks_in_image

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_detections as caffe  # noqa: E402
from torchvision_detections import runs  # noqa: E402

BLOCKS = (3, 4, 6, 3)
LIMIT = numpy.float32(numpy.log(1000.0 / 16.0))
HEADS = {"conv_rpn_fpn2": "rpn.head.conv.0.0",
         "rpn_cls_logits_fpn2": "rpn.head.cls_logits",
         "rpn_bbox_pred_fpn2": "rpn.head.bbox_pred",
         "fc6": "roi_heads.box_head.fc6", "fc7": "roi_heads.box_head.fc7",
         "cls_score": "roi_heads.box_predictor.cls_score",
         "bbox_pred": "roi_heads.box_predictor.bbox_pred"}
MASKS = {"_[mask]_fcn1": "roi_heads.mask_head.0.0",
         "_[mask]_fcn2": "roi_heads.mask_head.1.0",
         "_[mask]_fcn3": "roi_heads.mask_head.2.0",
         "_[mask]_fcn4": "roi_heads.mask_head.3.0",
         "conv5_mask": "roi_heads.mask_predictor.conv5_mask",
         "mask_fcn_logits": "roi_heads.mask_predictor.mask_fcn_logits"}


# ------------------------------------------------------------------ weights

def affine(tensors, norm):
    scale = tensors[norm + ".weight"] / numpy.sqrt(
        tensors[norm + ".running_var"])
    return scale, tensors[norm + ".bias"] - scale * tensors[
        norm + ".running_mean"]


def detectron_blobs(model):
    tensors = caffe.read_safetensors(model)
    blobs = {}

    def put(name, conv, norm):
        blobs[name + "_w"] = tensors[conv + ".weight"]
        norm_name = "res_conv1" if name == "conv1" else name
        blobs[norm_name + "_bn_s"], blobs[norm_name + "_bn_b"] = affine(
            tensors, norm)

    put("conv1", "backbone.body.conv1", "backbone.body.bn1")
    for stage, blocks in enumerate(BLOCKS, start=2):
        for block in range(blocks):
            source = f"backbone.body.layer{stage - 1}.{block}."
            branch = f"res{stage}_{block}_branch"
            if block == 0:
                put(branch + "1", source + "downsample.0",
                    source + "downsample.1")
            for i, letter in enumerate("abc", start=1):
                put(f"{branch}2{letter}", f"{source}conv{i}", f"{source}bn{i}")
        level = f"res{stage}_{blocks - 1}_sum"
        lateral = "" if stage == 5 else "_lateral"
        fpn = "backbone.fpn."
        for name, target in (
                (f"fpn_inner_{level}{lateral}", f"inner_blocks.{stage - 2}.0"),
                (f"fpn_{level}", f"layer_blocks.{stage - 2}.0")):
            blobs[name + "_w"] = tensors[f"{fpn}{target}.weight"]
            blobs[name + "_b"] = tensors[f"{fpn}{target}.bias"]
    has_masks = "roi_heads.mask_head.0.0.weight" in tensors
    for name, target in {**HEADS, **(MASKS if has_masks else {})}.items():
        blobs[name + "_w"] = tensors[target + ".weight"]
        blobs[name + "_b"] = tensors[target + ".bias"]
    blobs["conv1_w_momentum"] = numpy.zeros(3, "f4")
    return {name: numpy.array(blob, "f4") for name, blob in blobs.items()}


# ------------------------------------------------------------------ network

class Network:
    def __init__(self, blobs):
        self.blobs = {name: torch.from_numpy(blob)
                      for name, blob in blobs.items()}

    def conv(self, name, x, stride=1, pad=0):
        return functional.conv2d(x, self.blobs[name + "_w"],
                                 self.blobs.get(name + "_b"), stride, pad)

    def normed(self, name, x, stride=1, pad=0, norm=None):
        x = functional.conv2d(x, self.blobs[name + "_w"], None, stride, pad)
        norm = norm or name
        return (x * self.blobs[norm + "_bn_s"].view(1, -1, 1, 1) +
                self.blobs[norm + "_bn_b"].view(1, -1, 1, 1))

    def linear(self, name, x):
        return functional.linear(x.flatten(1), self.blobs[name + "_w"],
                                 self.blobs[name + "_b"])

    def block(self, name, x, stride, first):
        shortcut = self.normed(name + "1", x, stride) if first else x
        x = functional.relu(self.normed(name + "2a", x, stride))
        x = functional.relu(self.normed(name + "2b", x, 1, 1))
        return functional.relu(self.normed(name + "2c", x) + shortcut)

    def pyramid(self, x):
        """P2 to P6."""
        x = functional.relu(self.normed("conv1", x, 2, 3, "res_conv1"))
        x = functional.max_pool2d(x, 3, 2, 1)
        stages = []
        for stage, blocks in enumerate(BLOCKS, start=2):
            for block in range(blocks):
                x = self.block(f"res{stage}_{block}_branch", x,
                               2 if block == 0 and stage > 2 else 1,
                               block == 0)
            stages.append(x)
        inner, maps = None, []
        for stage in (5, 4, 3, 2):
            level = f"res{stage}_{BLOCKS[stage - 2] - 1}_sum"
            lateral = "" if stage == 5 else "_lateral"
            x = self.conv(f"fpn_inner_{level}{lateral}", stages[stage - 2])
            inner = x if inner is None else x + functional.interpolate(
                inner, scale_factor=2, mode="nearest")
            maps.insert(0, self.conv("fpn_" + level, inner, 1, 1))
        return maps + [functional.max_pool2d(maps[-1], 1, 2)]

    def masks(self, x, labels):
        """[R, 256, 14, 14] -> probabilities [R, 28, 28] of each one's class."""
        for i in range(1, 5):
            x = functional.relu(self.conv(f"_[mask]_fcn{i}", x, 1, 1))
        x = functional.relu(functional.conv_transpose2d(
            x, self.blobs["conv5_mask_w"], self.blobs["conv5_mask_b"], 2))
        x = torch.sigmoid(self.conv("mask_fcn_logits", x))
        return x[torch.arange(len(labels)), labels]


# -------------------------------------------------------------------- boxes

def decode(boxes, deltas, weights):
    boxes = boxes.astype("f4")
    w = boxes[:, 2:3] - boxes[:, 0:1] + numpy.float32(1)
    h = boxes[:, 3:4] - boxes[:, 1:2] + numpy.float32(1)
    x = boxes[:, 0:1] + numpy.float32(0.5) * w
    y = boxes[:, 1:2] + numpy.float32(0.5) * h
    dx, dy, dw, dh = (deltas[:, i::4] / numpy.float32(weights[i])
                      for i in range(4))
    x, y = dx * w + x, dy * h + y
    w = numpy.exp(numpy.minimum(dw, LIMIT)) * w
    h = numpy.exp(numpy.minimum(dh, LIMIT)) * h
    out = numpy.zeros_like(deltas)
    half = numpy.float32(0.5)
    out[:, 0::4], out[:, 2::4] = x - half * w, x + half * w - 1
    out[:, 1::4], out[:, 3::4] = y - half * h, y + half * h - 1
    return out


def level_anchors(stride, size):
    boxes = []
    for ratio in (0.5, 1, 2):
        w, h, x, y = caffe.whctrs([0, 0, stride - 1, stride - 1])
        ratio_w = numpy.round(numpy.sqrt(w * h / ratio))
        shape = caffe.around(ratio_w, numpy.round(ratio_w * ratio), x, y)
        w, h, x, y = caffe.whctrs(shape)
        scale = size / stride
        boxes.append(caffe.around(w * scale, h * scale, x, y))
    return numpy.array(boxes)


def level_proposals(network, maps, level, size, factor):
    x = functional.relu(network.conv("conv_rpn_fpn2", maps, 1, 1))
    scores = torch.sigmoid(network.conv("rpn_cls_logits_fpn2", x))
    deltas = network.conv("rpn_bbox_pred_fpn2", x)
    scores = scores[0].permute(1, 2, 0).reshape(-1).numpy()
    deltas = deltas[0].permute(1, 2, 0).reshape(-1, 4).numpy()
    stride = 2 ** level
    ys, xs = numpy.mgrid[:maps.shape[2], :maps.shape[3]] * stride
    shifts = numpy.stack([xs, ys, xs, ys], axis=-1).reshape(-1, 1, 4)
    anchors = (shifts + level_anchors(stride, 8 * stride)).reshape(-1, 4)
    order = numpy.argsort(-scores, kind="stable")[:1000]
    boxes = caffe.clip(decode(anchors[order], deltas[order], (1, 1, 1, 1)),
                       *size)
    scores = scores[order]
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    keep = ((w / factor + 1 >= 1) & (h / factor + 1 >= 1) &
            (boxes[:, 0] + (w + 1) / 2 < size[1]) &
            (boxes[:, 1] + (h + 1) / 2 < size[0]))
    boxes, scores = boxes[keep], scores[keep]
    keep = caffe.nms(boxes, scores, below(0.7))[:1000]
    return boxes[keep], scores[keep]


def below(threshold):
    """cython_nms suppresses at the threshold, too."""
    return numpy.nextafter(numpy.float32(threshold), numpy.float32(0))


def pool(maps, rois, side):
    w, h = (rois[:, i + 2] - rois[:, i] + 1 for i in (0, 1))
    levels = numpy.floor(4 + numpy.log2(
        numpy.sqrt(w * h) / numpy.float32(224) + numpy.float32(1e-6)))
    levels = numpy.clip(levels, 2, 5).astype(int)
    out = torch.zeros(len(rois), maps[0].shape[1], side, side)
    for level in range(2, 6):
        rows = numpy.where(levels == level)[0]
        boxes = torch.from_numpy(rois[rows])
        out[rows] = torchvision.ops.roi_align(
            maps[level - 2], [boxes], side, 1 / 2 ** level, 2, False)
    return out


def segment(network, maps, found, factor, size):
    """Run lengths of each one's mask (core/test.py im_detect_mask and
    segm_results)."""
    if "conv5_mask_w" not in network.blobs or not found:
        return []
    boxes = numpy.stack([box for _, _, box in found])
    labels = torch.tensor([label for _, label, _ in found])
    masks = network.masks(pool(maps, boxes * factor, 14), labels)
    pasted = paste_masks_in_image(masks[:, None], torch.from_numpy(boxes),
                                  size)
    return [runs((mask[0] > 0.5).numpy()) for mask in pasted]


def detect(network, photo, min_size, max_size):
    image, factor = caffe.network_input(photo, min_size, max_size)
    h, w = (-(-side // 32) * 32 for side in image.shape[:2])
    padded = numpy.zeros((h, w, 3), "f4")
    padded[:image.shape[0], :image.shape[1]] = image
    maps = network.pyramid(
        torch.from_numpy(padded.transpose(2, 0, 1)[None].copy()))
    factor = numpy.float32(factor)
    levels = [level_proposals(network, maps[i], i + 2, (h, w), factor)
              for i in range(5)]
    rois = numpy.concatenate([boxes for boxes, _ in levels])
    scores = numpy.concatenate([scores for _, scores in levels])
    rois = rois[numpy.argsort(-scores, kind="stable")[:1000]]
    x = functional.relu(network.linear("fc6", pool(maps, rois, 7)))
    x = functional.relu(network.linear("fc7", x))
    scores = network.linear("cls_score", x).softmax(1).numpy()
    deltas = network.linear("bbox_pred", x).numpy()
    boxes = caffe.clip(decode(rois / factor, deltas, (10, 10, 5, 5)),
                       *photo.shape[:2])
    found = []
    for label in range(1, scores.shape[1]):
        rows = numpy.where(scores[:, label] > numpy.float32(0.05))[0]
        of_class = boxes[rows, 4 * label:4 * label + 4]
        for i in caffe.nms(of_class, scores[rows, label], below(0.5)):
            found.append((scores[rows[i], label], label, of_class[i]))
    if len(found) > 100:
        least = sorted(entry[0] for entry in found)[-100]
        found = [entry for entry in found if entry[0] >= least]
    return found, segment(network, maps, found, factor, photo.shape[:2])


def main():
    if len(sys.argv) < 6:
        raise SystemExit(__doc__)
    model, folder = sys.argv[1:3]
    min_size, max_size = (int(word) for word in sys.argv[3:5])
    blobs = detectron_blobs(model)
    with open(folder + "/model_final.pkl", "wb") as file:
        pickle.dump({"blobs": blobs, "cfg": "MODEL: {}"}, file, 2)
    network, photos = Network(blobs), []
    for path in sys.argv[5:]:
        photo = numpy.asarray(Image.open(path).convert("RGB"))
        with torch.no_grad():
            found, masks = detect(network, photo, min_size, max_size)
        photos.append({**caffe.as_json(path, photo, found), "masks": masks})
        print(f"{path}: {len(found)}", file=sys.stderr)
    with open(folder + "/detections.json", "w") as file:
        json.dump({"photos": photos}, file)


if __name__ == "__main__":
    main()
