#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What py-faster-rcnn's rules detect with the weights of a model file.

usage: caffe_detections.py MODEL.safetensors OUT_DIR MIN_SIZE MAX_SIZE ANCHORS
                           PHOTO...

MODEL is fasterrcnn_vgg16 with 9 anchors; for 12 the least ones are made up.
Writes OUT_DIR/net.caffemodel and OUT_DIR/detections.json, the reference of
compare_detections.  Needs python3-torch and python3-pil.

Rules, from lib/fast_rcnn/{test,config,bbox_transform}.py, lib/rpn/
{generate_anchors,proposal_layer}.py, lib/nms/py_cpu_nms.py and Caffe's
roi_pooling_layer.cpp; OpenCV's resize.cpp for the input.
"""
import json
import os
import struct
import sys

import numpy
import torch
from PIL import Image
from torch.nn import functional

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_file  # noqa: E402
import caffe_reference as reference  # noqa: E402

MEAN = numpy.array([102.9801, 115.9465, 122.7717])
HEADS = {"rpn_conv/3x3": "rpn.head.conv.0.0",
         "rpn_bbox_pred": "rpn.head.bbox_pred",
         "fc6": "roi_heads.box_head.fc6", "fc7": "roi_heads.box_head.fc7",
         "cls_score": "roi_heads.box_predictor.cls_score",
         "bbox_pred": "roi_heads.box_predictor.bbox_pred"}


# ------------------------------------------------------------------ weights

def read_safetensors(path):
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__")
    return {name: numpy.frombuffer(
        data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()}


def with_least_anchors(array, per_anchor, rng):
    """Rows of 12 anchors from those of 9: one more in front of each ratio."""
    rows = array.reshape(3, 3, per_anchor, *array.shape[1:])
    more = rows[:, :1] * rng.uniform(0.7, 1.0, rows[:, :1].shape)
    return numpy.concatenate([more, rows], axis=1).astype("f4").reshape(
        12 * per_anchor, *array.shape[1:])


def caffe_layers(model, anchors):
    """Caffe's layers; of each anchor's logit a background score and an
    object's, which differ by it."""
    tensors = read_safetensors(model)
    rng = numpy.random.default_rng(3)
    layers = {f"conv{b}_{i + 1}": f"backbone.body.conv{b}_{i + 1}"
              for b, (n, _) in enumerate(reference.VGG, start=1)
              for i in range(n)}
    layers = {name: [tensors[target + part] for part in (".weight", ".bias")]
              for name, target in {**layers, **HEADS}.items()}
    logits = [tensors["rpn.head.cls_logits" + part]
              for part in (".weight", ".bias")]
    if anchors == 12:
        layers["rpn_bbox_pred"] = [with_least_anchors(a, 4, rng)
                                   for a in layers["rpn_bbox_pred"]]
        logits = [with_least_anchors(a, 1, rng) for a in logits]
    layers["rpn_cls_score"] = []
    for logit in logits:
        background = rng.normal(0, 0.01, logit.shape).astype("f4")
        layers["rpn_cls_score"].append(
            numpy.concatenate([background, background + logit]))
    return layers


def write_caffemodel(path, layers):
    with open(path, "wb") as out:
        out.write(caffe_file.text(1, "VGG_ILSVRC_16_layers"))
        for name, blobs in layers.items():
            kind = ("InnerProduct" if blobs[0].ndim == 2 else "Convolution")
            out.write(caffe_file.layer(name, kind,
                                       [caffe_file.blob(b) for b in blobs]))


# ------------------------------------------------------------------- input

def resize_axis(count, out, factor):
    """Two source places and the second's weight, for each output place."""
    at = ((numpy.arange(out) + 0.5) / factor - 0.5).astype("f4")
    first = numpy.floor(at)
    weight = (at - first).astype("f4")
    weight[(first < 0) | (first >= count - 1)] = 0
    first = numpy.clip(first, 0, count - 1).astype(int)
    return first, numpy.minimum(first + 1, count - 1), weight


def cv2_resize(image, factor):
    """cv2.resize(image, None, None, factor, factor, INTER_LINEAR)"""
    h, w = (int(numpy.rint(side * factor)) for side in image.shape[:2])
    a, b, t = resize_axis(image.shape[1], w, factor)
    t = t[None, :, None]
    image = image[:, a] * (1 - t) + image[:, b] * t
    a, b, t = resize_axis(image.shape[0], h, factor)
    t = t[:, None, None]
    return image[a] * (1 - t) + image[b] * t


def network_input(photo, min_size, max_size):
    image = photo[:, :, ::-1].astype("f4")
    image -= MEAN
    factor = min_size / min(photo.shape[:2])
    if numpy.round(factor * max(photo.shape[:2])) > max_size:
        factor = max_size / max(photo.shape[:2])
    return cv2_resize(image, factor), factor


# ------------------------------------------------------------------- boxes

def whctrs(box):
    w, h = box[2] - box[0] + 1, box[3] - box[1] + 1
    return w, h, box[0] + 0.5 * (w - 1), box[1] + 0.5 * (h - 1)


def around(w, h, x, y):
    return [x - 0.5 * (w - 1), y - 0.5 * (h - 1),
            x + 0.5 * (w - 1), y + 0.5 * (h - 1)]


def cell_anchors(scales):
    boxes = []
    for ratio in (0.5, 1, 2):
        w, h, x, y = whctrs([0, 0, 15, 15])
        ratio_w = numpy.round(numpy.sqrt(w * h / ratio))
        shape = around(ratio_w, numpy.round(ratio_w * ratio), x, y)
        for scale in scales:
            w, h, x, y = whctrs(shape)
            boxes.append(around(w * scale, h * scale, x, y))
    return numpy.array(boxes)


def decode(boxes, deltas):
    """[R, 4] and [R, 4 K] -> [R, 4 K]"""
    boxes = boxes.astype("f4")
    w = boxes[:, 2:3] - boxes[:, 0:1] + numpy.float32(1)
    h = boxes[:, 3:4] - boxes[:, 1:2] + numpy.float32(1)
    x = boxes[:, 0:1] + numpy.float32(0.5) * w
    y = boxes[:, 1:2] + numpy.float32(0.5) * h
    x, y = deltas[:, 0::4] * w + x, deltas[:, 1::4] * h + y
    w, h = numpy.exp(deltas[:, 2::4]) * w, numpy.exp(deltas[:, 3::4]) * h
    out = numpy.zeros_like(deltas)
    out[:, 0::4], out[:, 2::4] = x - 0.5 * w, x + 0.5 * w
    out[:, 1::4], out[:, 3::4] = y - 0.5 * h, y + 0.5 * h
    return out


def clip(boxes, h, w):
    boxes[:, 0::2] = numpy.clip(boxes[:, 0::2], 0, w - 1)
    boxes[:, 1::2] = numpy.clip(boxes[:, 1::2], 0, h - 1)
    return boxes


def nms(boxes, scores, threshold):
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    order, keep = numpy.argsort(-scores, kind="stable"), []
    while order.size:
        best, rest = order[0], order[1:]
        keep.append(best)
        w = numpy.minimum(x2[best], x2[rest]) - numpy.maximum(x1[best],
                                                              x1[rest]) + 1
        h = numpy.minimum(y2[best], y2[rest]) - numpy.maximum(y1[best],
                                                              y1[rest]) + 1
        shared = numpy.maximum(0, w) * numpy.maximum(0, h)
        iou = shared / (areas[best] + areas[rest] - shared)
        order = rest[iou <= numpy.float32(threshold)]
    return keep


def proposals(layers, maps, anchors, size, factor):
    x = functional.relu(reference.conv(layers, "rpn_conv/3x3", maps, 1, 1))
    scores = reference.conv(layers, "rpn_cls_score", x)
    deltas = reference.conv(layers, "rpn_bbox_pred", x)
    count = len(anchors)
    # rpn_cls_prob_reshape: background, then object
    scores = torch.softmax(scores.view(2, count, *scores.shape[2:]), 0)[1]
    scores = scores.permute(1, 2, 0).reshape(-1).numpy()
    deltas = deltas[0].permute(1, 2, 0).reshape(-1, 4).numpy()
    ys, xs = numpy.mgrid[:maps.shape[2], :maps.shape[3]] * 16
    shifts = numpy.stack([xs, ys, xs, ys], axis=-1).reshape(-1, 1, 4)
    boxes = clip(decode((shifts + anchors).reshape(-1, 4), deltas), *size)
    least = 16 * numpy.float32(factor)
    keep = ((boxes[:, 2] - boxes[:, 0] + 1 >= least) &
            (boxes[:, 3] - boxes[:, 1] + 1 >= least))
    boxes, scores = boxes[keep], scores[keep]
    order = numpy.argsort(-scores, kind="stable")[:6000]
    boxes, scores = boxes[order], scores[order]
    return boxes[nms(boxes, scores, 0.7)[:300]]


def c_round(x):
    return int(numpy.floor(abs(x) + 0.5) * numpy.sign(x))


def bins(first, last, side, limit):
    """[begin, end) of each bin, in Caffe's floats."""
    size = numpy.float32(max(last - first + 1, 1)) / numpy.float32(side)
    steps = numpy.arange(side + 1, dtype="f4") * size
    begin = numpy.floor(steps[:-1]).astype(int) + first
    end = numpy.ceil(steps[1:]).astype(int) + first
    return list(zip(numpy.clip(begin, 0, limit), numpy.clip(end, 0, limit)))


def roi_pool(maps, rois, side=7):
    out = torch.zeros(len(rois), maps.shape[1], side, side)
    for r, roi in enumerate(rois.astype("f4") * numpy.float32(0.0625)):
        x1, y1, x2, y2 = (c_round(v) for v in roi)
        columns = bins(x1, x2, side, maps.shape[3])
        for i, (top, end) in enumerate(bins(y1, y2, side, maps.shape[2])):
            for j, (left, right) in enumerate(columns):
                if end > top and right > left:
                    out[r, :, i, j] = maps[0, :, top:end, left:right].amax(
                        dim=(1, 2))
    return out


def detect(layers, photo, min_size, max_size, anchors):
    image, factor = network_input(photo, min_size, max_size)
    x = torch.from_numpy(image.astype("f4").transpose(2, 0, 1)[None].copy())
    maps = reference.vgg_convs(layers, x)
    rois = proposals(layers, maps, anchors, image.shape[:2], factor)
    x = roi_pool(maps, rois)
    x = functional.relu(reference.inner_product(layers, "fc6", x))
    x = functional.relu(reference.inner_product(layers, "fc7", x))
    scores = reference.inner_product(layers, "cls_score", x).softmax(1).numpy()
    deltas = reference.inner_product(layers, "bbox_pred", x).numpy()
    boxes = clip(decode(rois / numpy.float32(factor), deltas), *photo.shape[:2])
    found = []
    for label in range(1, scores.shape[1]):
        rows = numpy.where(scores[:, label] > numpy.float32(0.05))[0]
        of_class = boxes[rows, 4 * label:4 * label + 4]
        for i in nms(of_class, scores[rows, label], 0.3):
            found.append((scores[rows[i], label], label, of_class[i]))
    if len(found) > 100:
        least = sorted(entry[0] for entry in found)[-100]
        found = [entry for entry in found if entry[0] >= least]
    return found


def as_json(path, photo, found):
    """COCO's files have w = x2 - x1 + 1 (lib/datasets/coco.py)."""
    return {"file": path, "height": photo.shape[0], "width": photo.shape[1],
            "boxes": [[float(b[0]), float(b[1]), float(b[2]) + 1,
                       float(b[3]) + 1] for _, _, b in found],
            "scores": [float(score) for score, _, _ in found],
            "labels": [label for _, label, _ in found], "masks": []}


def main():
    if len(sys.argv) < 7:
        raise SystemExit(__doc__)
    model, folder = sys.argv[1:3]
    min_size, max_size, count = (int(word) for word in sys.argv[3:6])
    layers = caffe_layers(model, count)
    write_caffemodel(folder + "/net.caffemodel", layers)
    anchors = cell_anchors((8, 16, 32) if count == 9 else (4, 8, 16, 32))
    photos = []
    for path in sys.argv[6:]:
        photo = numpy.asarray(Image.open(path).convert("RGB"))
        with torch.no_grad():
            found = detect(layers, photo, min_size, max_size, anchors)
        photos.append(as_json(path, photo, found))
        print(f"{path}: {len(found)}", file=sys.stderr)
    with open(folder + "/detections.json", "w") as file:
        json.dump({"photos": photos}, file)


if __name__ == "__main__":
    main()
