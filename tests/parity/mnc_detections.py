#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What MNC's rules find with the weights of a model file.

usage: mnc_detections.py MODEL.safetensors OUT_DIR MIN_SIZE MAX_SIZE PHOTO...

MODEL is mnc_vgg16 with 9 anchors.  Writes OUT_DIR/net.caffemodel and
OUT_DIR/detections.json, the reference of compare_detections.  Needs
python3-torch and python3-pil.

Rules, from MNC models/VGG16/mnc_5stage/test.prototxt, lib/caffeWrapper/
TesterWrapper.py, lib/pylayer/stage_bridge_layer.py, lib/transform/
mask_transform.py (cpu_mask_voting) and utils/vis_seg.py; what it has in common
with py-faster-rcnn is in caffe_detections.py.
"""
import json
import os
import sys

import numpy
import torch
from PIL import Image
from torch.nn import functional

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../tools/golden")]
import caffe_detections as faster  # noqa: E402
import caffe_reference as reference  # noqa: E402
import mnc as rules  # noqa: E402
from torchvision_detections import runs  # noqa: E402

LAYERS = {"fc6_maskest": "roi_heads.mask_head.fc6",
          "mask_pred": "roi_heads.mask_head.mask_pred",
          "fc6_mask": "roi_heads.masked_head.fc6",
          "fc7_mask": "roi_heads.masked_head.fc7",
          "seg_cls_score": "roi_heads.mask_predictor.cls_score"}
SIDE, LIMIT = 21, 100


def caffe_layers(model):
    layers = faster.caffe_layers(model, 9)
    tensors = faster.read_safetensors(model)
    for name, target in LAYERS.items():
        layers[name] = [tensors[target + part] for part in (".weight", ".bias")]
    return layers


# ------------------------------------------------------------------ network

def warped(maps, rois, side):
    boxes = torch.from_numpy(rois.astype("f4")).double()
    x1, y1, x2, y2 = boxes.unbind(1)
    out = []
    for r in range(len(boxes)):
        one = slice(r, r + 1)
        out.append(rules.interpolated(
            maps, rules.warp_places(y1[one], y2[one], 0.0625, side),
            rules.warp_places(x1[one], x2[one], 0.0625, side)))
    return torch.cat(out).permute(0, 3, 1, 2).float()


def fc(layers, name, x, relu=True):
    x = reference.inner_product(layers, name, x)
    return functional.relu(x) if relu else x


def stage(layers, features):
    """Masks, the masks' class scores and the deltas of RoIs."""
    hidden = fc(layers, "fc6_maskest", features)
    masks = torch.sigmoid(fc(layers, "mask_pred", hidden, False))
    masks = masks.view(-1, 1, SIDE, SIDE)
    small = rules.resized(masks.double(), 14, 14).float()
    box = functional.max_pool2d(features, 2)
    masked = functional.max_pool2d(features * small, 2)
    box = fc(layers, "fc7", fc(layers, "fc6", box))
    masked = fc(layers, "fc7_mask", fc(layers, "fc6_mask", masked))
    both = torch.cat([masked, box], 1)
    return (masks[:, 0].numpy(),
            fc(layers, "seg_cls_score", both, False).softmax(1).numpy(),
            fc(layers, "bbox_pred", both, False).numpy())


def bridge(rois, scores, deltas, size):
    best = scores.argmax(1)
    boxes = faster.decode(rois, deltas).reshape(len(rois), -1, 4)
    return faster.clip(boxes[numpy.arange(len(rois)), best], *size)


def candidates(layers, photo, min_size, max_size, anchors):
    """Boxes of the photo, masks and scores, of stages 3 and 5."""
    image, factor = faster.network_input(photo, min_size, max_size)
    x = torch.from_numpy(image.astype("f4").transpose(2, 0, 1)[None].copy())
    maps = reference.vgg_convs(layers, x)
    rois = faster.proposals(layers, maps, anchors, image.shape[:2], factor)
    maps = maps.permute(0, 2, 3, 1).double()
    features = functional.max_pool2d(warped(maps, rois, 28), 2)
    masks, scores, deltas = stage(layers, features)
    moved = bridge(rois, scores, deltas, image.shape[:2])
    again, later_scores, _ = stage(layers, warped(maps, moved, 14))
    boxes = numpy.concatenate([rois, moved]) / numpy.float32(factor)
    return (faster.clip(boxes, *photo.shape[:2]),
            numpy.concatenate([masks, again]),
            numpy.concatenate([scores, later_scores]))


# ------------------------------------------------------------------- voting

def instances(boxes, masks, scores, height, width):
    """The best of all classes, voted on."""
    picks = [(-scores[roi, label], label, place, roi)
             for label in range(1, scores.shape[1])
             for place, roi in enumerate(rules.kept(boxes, scores[:, label],
                                                    LIMIT))]
    found = []
    for score, label, _, roi in sorted(picks)[:LIMIT]:
        if -score <= numpy.float32(0.05):
            break
        voters = numpy.where(rules.overlaps(boxes, boxes[roi]) >= 0.5)[0]
        weights = scores[voters, label] / scores[voters, label].sum()
        box, mask = rules.voted(boxes[voters], masks[voters], weights, False,
                                width, height)
        found.append((-score, label, box, mask))
    return found


def whole_mask(box, mask, height, width):
    x1, y1, x2, y2 = box
    out = numpy.zeros((height, width), bool)
    out[y1:y2, x1:x2] = rules.stretched(mask, y2 - y1, x2 - x1) >= 0.4
    return out


def as_json(path, photo, found):
    height, width = photo.shape[:2]
    return {"file": path, "height": height, "width": width,
            "boxes": [[float(v) for v in box] for _, _, box, _ in found],
            "scores": [float(score) for score, _, _, _ in found],
            "labels": [int(label) for _, label, _, _ in found],
            "masks": [runs(whole_mask(box, mask, height, width))
                      for _, _, box, mask in found]}


def main():
    if len(sys.argv) < 6:
        raise SystemExit(__doc__)
    model, folder = sys.argv[1:3]
    min_size, max_size = (int(word) for word in sys.argv[3:5])
    layers = caffe_layers(model)
    faster.write_caffemodel(folder + "/net.caffemodel", layers)
    anchors = faster.cell_anchors((8, 16, 32))
    photos = []
    for path in sys.argv[5:]:
        photo = numpy.asarray(Image.open(path).convert("RGB"))
        with torch.no_grad():
            found = instances(*candidates(layers, photo, min_size, max_size,
                                          anchors), *photo.shape[:2])
        photos.append(as_json(path, photo, found))
        print(f"{path}: {len(found)}", file=sys.stderr)
    with open(folder + "/detections.json", "w") as file:
        json.dump({"photos": photos}, file)


if __name__ == "__main__":
    main()
