# SPDX-License-Identifier: MIT
"""Detectron2's C4, DC5 and FPN detectors in float64, with weights that
tests/table_layers.c makes too, for tests/test_detectron2_stages.c."""
import sys
import textwrap

import numpy
import torch
from PIL import Image
from torch.nn import functional
from torchvision.ops import roi_align

from detectron2_rules import (cell_anchors, clip, decode, detections,
                              grid_anchors, output_size, paste, proposals,
                              roi_levels)

PRIME = 65521  # of the table; no power of two, so that rows of weights differ
BLOCKS = (3, 4, 6, 3)
SIZES, RATIOS = (32, 64, 128, 256, 512), (0.5, 1.0, 2.0)
PHOTO = (61, 83)
PRE, POST, DETECTIONS, CLASSES = 200, 16, 20, 5
SAMPLES = 8



class Case:
    """`gains` are of the predictors, which must spread enough to decide and
    not so much that nothing is close: logits and deltas of the RPN, scores
    and masks.  The photo's pixels have a deviation of about 60."""

    def __init__(self, name, kind, gains, groups=1, width=64, in_1x1=True,
                 std=(1.0, 1.0, 1.0), box_side=7, input_power=8192.0,
                 shortest=96):
        self.name, self.kind, self.groups, self.width = name, kind, groups, width
        self.in_1x1, self.std, self.box_side = in_1x1, std, box_side
        self.input_power = input_power
        self.shortest, self.longest = shortest, 10 * shortest
        names = ("rpn.head.cls_logits", "rpn.head.bbox_pred",
                 "roi_heads.box_predictor.cls_score",
                 "roi_heads.mask_predictor.mask_fcn_logits")
        self.gains = {name + ".weight": gain
                      for name, gain in zip(names, gains)}
        if kind == "FPN":  # so that every level has proposals
            self.gains.update({
                f"backbone.fpn.layer_blocks.{i}.0.weight": gain
                for i, gain in enumerate((0.25, 0.375, 1.0, 3.0))})


CASES = (  # 224: RoIs of three levels
    Case("fpn", "FPN", (2.0, 0.25, 0.5, 2.0), shortest=224),
    Case("c4", "C4", (4.0, 0.5, 2.0, 4.0), box_side=14),
    Case("dc5", "DC5", (4.0, 0.5, 2.0, 4.0), box_side=2),
    Case("x_fpn", "FPN", (2.0, 0.25, 0.5, 2.0), 32, 8, False,
         (57.375, 57.12, 58.395), input_power=2.0))


# -------------------------------------------------------------------- numbers

def mix(n):
    """The (n + 1)th number of splitmix64 from state 0."""
    with numpy.errstate(over="ignore"):
        z = (numpy.asarray(n).astype(numpy.uint64) + numpy.uint64(1)) \
            * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


TABLE = (mix(numpy.arange(PRIME)) >> numpy.uint64(40)).astype(
    numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)


def name_offset(name):
    """FNV-1a."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value % PRIME


def photo():
    """Blocks of 9 x 11 pixels with noise."""
    height, width = PHOTO
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width),
                             numpy.arange(3), indexing="ij")
    block = mix(100000 + (y // 9 * 64 + x // 11) * 3 + c) >> numpy.uint64(56)
    noise = mix(200000 + (y * 256 + x) * 3 + c) >> numpy.uint64(56)
    return ((block * numpy.uint64(3) + noise) // numpy.uint64(4)).astype(
        numpy.uint8)


class Weights:
    def __init__(self, case, dtype):
        self.case, self.dtype = case, dtype

    def get(self, name, shape, fan_in=0):
        count = int(numpy.prod(shape))
        start = name_offset(name)
        repeats = (start + count) // PRIME + 1
        values = numpy.tile(TABLE, repeats)[start:start + count]
        one = numpy.float32
        if fan_in:
            values = values * numpy.sqrt(one(6) / one(fan_in))
        elif name.endswith("running_var"):
            values = one(1) + one(0.5) * values
        elif name.endswith(".weight"):  # of a norm
            values = one(0.8) + one(0.2) * values
            if ".bn3." in name:
                values = values * one(0.3)
        else:
            values = one(0.1) * values
        if name == "backbone.body.bn1.running_var":
            values = values * one(self.case.input_power)
        values = values * one(self.case.gains.get(name, 1.0))
        assert values.dtype == numpy.float32
        return torch.from_numpy(values.reshape(shape)).to(self.dtype)


# -------------------------------------------------------------------- network

class Network:
    def __init__(self, case, dtype=torch.float64):
        self.case, self.weights, self.dtype = case, Weights(case, dtype), dtype
        self.records, self.calls = [], {}

    def record(self, name, x):
        call = self.calls.get(name, 0)
        self.calls[name] = call + 1
        if x.dim() == 4:
            x = x.permute(0, 2, 3, 1)
        self.records.append((name, call, x.numpy()))

    def conv(self, name, x, out, kernel=1, stride=1, dilation=1, groups=1,
             norm=None, relu=False, shortcut=None, record=False):
        shape = (out, x.shape[1] // groups, kernel, kernel)
        weight = self.weights.get(name + ".weight", shape,
                                  shape[1] * kernel * kernel)
        bias = None if norm else self.weights.get(name + ".bias", (out,))
        x = functional.conv2d(x, weight, bias, stride,
                              kernel // 2 * dilation, dilation, groups)
        if norm:
            x = self.frozen_norm(norm, x)
        if shortcut is not None:
            x = x + shortcut
        if relu:
            x = functional.relu(x)
        if record:
            self.record(name, x)
        return x

    def frozen_norm(self, name, x):
        w, b, mean, var = (
            self.weights.get(f"{name}.{part}", (x.shape[1],))[:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var"))
        scale = w * (var + 1e-5).rsqrt()
        return x * scale + (b - mean * scale)

    def block(self, prefix, x, width, out, stride, dilation):
        case, shortcut = self.case, x
        if stride != 1 or x.shape[1] != out:
            shortcut = self.conv(prefix + "downsample.0", x, out, 1, stride,
                                 norm=prefix + "downsample.1")
        in_1x1, in_3x3 = (stride, 1) if case.in_1x1 else (1, stride)
        y = self.conv(prefix + "conv1", x, width, 1, in_1x1,
                      norm=prefix + "bn1", relu=True)
        y = self.conv(prefix + "conv2", y, width, 3, in_3x3, dilation,
                      case.groups, norm=prefix + "bn2", relu=True)
        return self.conv(prefix + "conv3", y, out, norm=prefix + "bn3",
                         relu=True, shortcut=shortcut,
                         record=prefix.endswith(".0."))

    def stage(self, prefix, index, x):
        dilated = self.case.kind == "DC5" and index == 3
        planes = 64 << index
        width = planes * self.case.width * self.case.groups // 64
        for i in range(BLOCKS[index]):
            stride = 2 if i == 0 and index > 0 and not dilated else 1
            x = self.block(f"{prefix}layer{index + 1}.{i}.", x, width,
                           planes * 4, stride, 2 if dilated else 1)
        return x

    def backbone(self, x):
        body = "backbone.body."
        x = self.conv(body + "conv1", x, 64, 7, 2, norm=body + "bn1",
                      relu=True, record=True)
        x = functional.max_pool2d(x, 3, 2, 1)
        outputs = []
        for i in range(3 if self.case.kind == "C4" else 4):
            x = self.stage(body, i, x)
            outputs.append(x)
        if self.case.kind != "FPN":
            return [x]
        return self.pyramid(outputs)

    def pyramid(self, maps):
        top, outputs = None, []
        for i in (3, 2, 1, 0):
            lateral = self.conv(f"backbone.fpn.inner_blocks.{i}.0", maps[i],
                                256)
            if top is not None:
                lateral = lateral + functional.interpolate(
                    top, scale_factor=2, mode="nearest")
            top = lateral
            outputs.insert(0, self.conv(
                f"backbone.fpn.layer_blocks.{i}.0", top, 256, 3, record=True))
        return outputs + [functional.max_pool2d(outputs[-1], 1, 2)]

    def rpn(self, maps, image):
        single = self.case.kind != "FPN"
        decoded, logits = [], []
        for i, x in enumerate(maps):
            cells = cell_anchors(SIZES if single else SIZES[i:i + 1], RATIOS)
            x = self.conv("rpn.head.conv.0.0", x, x.shape[1], 3, relu=True)
            logit = self.conv("rpn.head.cls_logits", x, len(cells),
                              record=True)
            delta = self.conv("rpn.head.bbox_pred", x, 4 * len(cells),
                              record=True)
            anchors = grid_anchors(cells, *x.shape[2:], 16 if single else 4 << i)
            delta = delta[0].permute(1, 2, 0).reshape(-1, 4).numpy()
            decoded.append(decode(anchors.astype(delta.dtype), delta,
                                  (1.0,) * 4))
            logits.append(logit[0].permute(1, 2, 0).flatten().numpy())
        return proposals(decoded, logits, image, PRE, POST)

    def pool(self, maps, boxes, side):
        rois = torch.from_numpy(boxes)
        out = torch.zeros(len(boxes), maps[0].shape[1], side, side,
                          dtype=self.dtype)
        levels = roi_levels(boxes, 2, 5) - 2
        if self.case.kind != "FPN":
            levels = levels * 0
        for i, x in enumerate(maps[:4]):
            chosen = torch.from_numpy(numpy.nonzero(levels == i)[0])
            scale = 1 / 16 if self.case.kind != "FPN" else 1 / (4 << i)
            if len(chosen):
                out[chosen] = roi_align(x, [rois[chosen]], side, scale, 0,
                                        True)
        if self.case.kind == "C4":
            out = self.stage("roi_heads.box_head.", 3, out)
        return out

    def linear(self, name, x, out, relu=False):
        weight = self.weights.get(name + ".weight", (out, x.shape[1]),
                                  x.shape[1])
        x = functional.linear(x, weight,
                              self.weights.get(name + ".bias", (out,)))
        x = functional.relu(x) if relu else x
        self.record(name, x)
        return x

    def boxes(self, maps, rois):
        x = self.pool(maps, rois, self.case.box_side)
        if self.case.kind == "C4":
            x = x.mean((2, 3))
        else:
            x = self.linear("roi_heads.box_head.fc6", x.flatten(1), 1024, True)
            x = self.linear("roi_heads.box_head.fc7", x, 1024, True)
        predictor = "roi_heads.box_predictor."
        return (self.linear(predictor + "cls_score", x, CLASSES + 1),
                self.linear(predictor + "bbox_pred", x, 4 * CLASSES))

    def masks(self, maps, boxes, labels):
        x = self.pool(maps, boxes, 14)
        for i in range(0 if self.case.kind == "C4" else 4):
            x = self.conv(f"roi_heads.mask_head.{i}.0", x, 256, 3, relu=True,
                          record=i == 3)
        name = "roi_heads.mask_predictor.conv5_mask"
        weight = self.weights.get(name + ".weight", (x.shape[1], 256, 2, 2),
                                  x.shape[1])
        x = functional.relu(functional.conv_transpose2d(
            x, weight, self.weights.get(name + ".bias", (256,)), 2))
        x = self.conv("roi_heads.mask_predictor.mask_fcn_logits", x, CLASSES)
        return x[torch.arange(len(boxes)), torch.from_numpy(labels)].sigmoid()

    def image(self):
        height, width = output_size(*PHOTO, self.case.shortest,
                                    self.case.longest)
        pixels = Image.fromarray(photo()).resize((width, height),
                                                 Image.BILINEAR)
        x = torch.from_numpy(numpy.asarray(pixels)[:, :, ::-1].copy())
        x = x.permute(2, 0, 1).to(torch.float32)
        mean = torch.tensor([103.53, 116.28, 123.675])[:, None, None]
        x = (x - mean) / torch.tensor(self.case.std)[:, None, None]
        if self.case.kind == "FPN":
            x = functional.pad(x, (0, -width % 32, 0, -height % 32))
        self.record("image", x[None])
        return x[None].to(self.dtype), (height, width)

    def run(self):
        x, size = self.image()
        maps = self.backbone(x)
        rois = self.rpn(maps, size)
        logits, deltas = self.boxes(maps, rois[0])
        found = detections(rois[0], logits.numpy(), deltas.numpy(), size, 0.05,
                           DETECTIONS)
        masks = self.masks(maps, found[0], found[2])
        self.record("masks", masks[:, None])
        return rois, found, masks.numpy(), size


# ------------------------------------------------------------------- printing

def finish(found, masks, size):
    """Boxes and areas in the photo."""
    boxes, kept, areas = found[0].copy(), [], []
    boxes[:, 0::2] *= PHOTO[1] / size[1]
    boxes[:, 1::2] *= PHOTO[0] / size[0]
    boxes = clip(boxes, PHOTO)
    for i, box in enumerate(boxes):
        if box[2] > box[0] and box[3] > box[1]:
            kept.append(i)
            areas.append((paste(masks[i], box, PHOTO) >= 0.5).sum())
    assert len(kept) == len(boxes)
    return boxes, areas


def tensor_row(name, call, x):
    index = mix(300000 + numpy.arange(SAMPLES)) % numpy.uint64(x.size)
    samples = flat(x.flatten()[index.astype(int)])
    return (f'    {{"{name}", {call}, {x.size}, {numpy.abs(x).mean():.7g},\n'
            f"     {{{samples}}}}},")


def flat(values):
    return textwrap.fill(", ".join(f"{float(v):.7g}" for v in values), 72,
                         subsequent_indent="      ")


def print_case(case):
    with torch.no_grad():
        network = Network(case)
        rois, found, masks, size = network.run()
        again = Network(case, torch.float32).run()
    same = [numpy.array_equal(a, b) for a, b in
            ((rois[2], again[0][2]), (rois[3], again[0][3]),
             (found[2], again[1][2]))]
    if not all(same):
        print(f"{case.name}: float32 chooses otherwise: {same}",
              file=sys.stderr)
    boxes, areas = finish(found, masks, size)
    print(f"static const struct golden_tensor golden_{case.name}_tensors[] "
          "= {")
    for record in network.records:
        print(tensor_row(*record))
    print("};\n")
    print(f"static const struct golden_run golden_{case.name} = {{")
    print(f"    {case.shortest}, {size[0]}, {size[1]},\n    {len(rois[0])}, {len(found[0])},")
    for rows in (rois[0], found[0], boxes):
        lines = ",\n      ".join("{" + flat(row) + "}" for row in rows)
        print(f"    {{{lines}}},")
    print(f"    {{{flat(found[1])}}},\n    {{{flat(found[2])}}},")
    print(f"    {{{flat(areas)}}},\n    golden_{case.name}_tensors,")
    print(f"    sizeof golden_{case.name}_tensors / "
          f"sizeof golden_{case.name}_tensors[0]}};\n")


def stages():
    for case in CASES:
        print_case(case)
