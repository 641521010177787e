#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for the operators of multi-task network cascades, from
torch's autograd in double precision and from numpy.

    python3 tools/golden/mnc.py > tests/golden/mnc_golden.h

Needs python3-torch and python3-numpy; the header in the repository was made with torch 1.13.0
(Debian 12).  Arrays have names, see tests/named_numbers.h.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MASK = 2**64 - 1


def numbers(name, count):
    """Multiples of 2^-23 in [-1, 1): splitmix64 from the FNV-1a of the name."""
    state, out = 0xCBF29CE484222325, []
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        out.append((z >> 40) * 2.0**-23 - 1.0)
    return torch.tensor(out, dtype=torch.float64)


def array(name, *shape):
    return numbers(name, int(torch.tensor(shape).prod())).reshape(shape)


def sums(name, values):
    """The product with the numbers of that name, the sum of magnitudes."""
    flat = values.detach().reshape(-1)
    dot = float(flat @ numbers(name, flat.numel()))
    return "{%.17g, %.17g}" % (dot, float(flat.abs().sum()))


def begin(name):
    print("#ifdef GOLDEN_%s" % name)


def end():
    print("#endif\n")


# -------------------------------------------------------------- RoI warping

# Inside, on the edge, partly and wholly outside, empty, inside out, tiny,
# larger than the map; half pixels, so that roundings are met.
WARP_BOXES = [
    (8, 8, 40, 32), (0, 0, 72, 56), (-20, -12, 30, 20), (60, 40, 100, 90),
    (200, 200, 240, 230), (24, 24, 24, 24), (30, 20, 36, 20), (40, 30, 20, 10),
    (13.5, 17.25, 14, 17.5), (-100, -100, 200, 200), (4, 4, 12, 12),
    (-8, -8, -6, -6), (70, 4, 72, 56), (12, 4, 20, 44)]


def rounded(values):
    """Half away from zero; the derivative is that of the identity."""
    whole = torch.sign(values) * torch.floor(values.abs() + 0.5)
    return values + (whole - values).detach()


def warp_places(low, high, scale, side):
    """[R, side]: where samples lie along one axis."""
    start, stop = rounded(low * scale), rounded(high * scale)
    shares = torch.arange(side, dtype=torch.float64) / side
    return start[:, None] + (stop - start).clamp(min=0)[:, None] * shares


def interpolated(maps, y, x):
    """maps [R, H, W, C] at y [R, P] and x [R, P]: [R, P, P, C]."""
    h, w = maps.shape[1:3]
    inside = ((y >= -0.5) & (y <= h - 0.5))[:, :, None] & \
        ((x >= -0.5) & (x <= w - 0.5))[:, None, :]
    y, x = y.clamp(0, h - 1), x.clamp(0, w - 1)
    y0, x0 = y.detach().floor().long(), x.detach().floor().long()
    fy, fx = (y - y0)[:, :, None, None], (x - x0)[:, None, :, None]
    rows = torch.arange(len(maps))[:, None, None]

    def at(dy, dx):
        return maps[rows, (y0 + dy).clamp(max=h - 1)[:, :, None],
                    (x0 + dx).clamp(max=w - 1)[:, None, :]]

    out = (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(0, 1)) + \
        fy * ((1 - fx) * at(1, 0) + fx * at(1, 1))
    return torch.where(inside[..., None], out, torch.zeros(()).double())


def roi_warp():
    begin("ROI_WARP")
    print("static const float golden_warp_boxes[] = {")
    for box in WARP_BOXES:
        print("    " + " ".join("%gf," % v if v % 1 else "%d," % v for v in box))
    print("};\n")
    print("struct golden_roi_warp {\n    const char *name;\n"
          "    int32_t n, h, w, c, side;\n    float scale;\n"
          "    struct named_sums out, map, boxes;\n};\n")
    print("static const struct golden_roi_warp golden_roi_warp[] = {")
    for name, n, h, w, c, side, scale in [
            ("warp_small", 1, 7, 9, 3, 4, 0.125),
            ("warp_images", 3, 14, 18, 5, 7, 0.25),
            ("warp_odd", 2, 5, 3, 2, 14, 0.0625),
            ("warp_point", 1, 1, 1, 2, 3, 0.0625)]:
        maps = array(name + "/map", n, h, w, c).requires_grad_()
        boxes = torch.tensor(WARP_BOXES).double().requires_grad_()
        image = torch.arange(len(boxes)) % n
        x1, y1, x2, y2 = boxes.unbind(1)
        out = interpolated(maps[image], warp_places(y1, y2, scale, side),
                           warp_places(x1, x2, scale, side))
        (out * array(name + "/weights", *out.shape)).sum().backward()
        print('    {"%s", %d, %d, %d, %d, %d, %gf,' % (name, n, h, w, c, side, scale))
        print("     %s,\n     %s,\n     %s}," % (
            sums(name + "/out", out), sums(name + "/map_gradient", maps.grad),
            sums(name + "/box_gradient", boxes.grad)))
    print("};")
    end()


# ------------------------------------------------------------------- masks

def resized(masks, h, w):
    """[N, C, in_h, in_w] by grid_sample, whose corners are pixel centres."""
    def places(count, size):
        at = torch.arange(count, dtype=torch.float64) * size / count
        # Pixel 0 is -1, pixel size - 1 is 1; with one pixel all are it.
        return at, 2 * at / max(size - 1, 1) - 1

    (y, grid_y), (x, grid_x) = places(h, masks.shape[2]), places(w, masks.shape[3])
    grid = torch.stack(torch.broadcast_tensors(grid_x[None, :], grid_y[:, None]), 2)
    out = F.grid_sample(masks, grid.expand(len(masks), h, w, 2), "bilinear",
                        "border", align_corners=True)
    inside = (y <= masks.shape[2] - 0.5)[:, None] & (x <= masks.shape[3] - 0.5)[None, :]
    return out * inside


def mask_resize():
    begin("MASK_RESIZE")
    print("struct golden_mask_resize {\n    const char *name;\n"
          "    int32_t n, h, w, c, out_h, out_w;\n"
          "    struct named_sums out, in;\n};\n")
    print("static const struct golden_mask_resize golden_mask_resize[] = {")
    for name, n, h, w, c, out_h, out_w in [
            ("mask_21_to_14", 5, 21, 21, 1, 14, 14),
            ("mask_odd", 2, 7, 10, 3, 9, 4),
            ("mask_larger", 2, 3, 1, 2, 8, 5),
            ("mask_same", 1, 6, 5, 1, 6, 5)]:
        masks = array(name + "/in", n, h, w, c).requires_grad_()
        out = resized(masks.permute(0, 3, 1, 2), out_h, out_w).permute(0, 2, 3, 1)
        (out * array(name + "/weights", *out.shape)).sum().backward()
        print('    {"%s", %d, %d, %d, %d, %d, %d,\n     %s,\n     %s},' % (
            name, n, h, w, c, out_h, out_w, sums(name + "/out", out),
            sums(name + "/in_gradient", masks.grad)))
    print("};")
    end()


def mask_pooling():
    begin("MASK_POOLING")
    print("struct golden_mask_pooling {\n    const char *name;\n"
          "    int32_t n, h, w, c;\n"
          "    struct named_sums out, features, mask;\n};\n")
    print("static const struct golden_mask_pooling golden_mask_pooling[] = {")
    for name, n, h, w, c in [("pool_14", 3, 14, 14, 8), ("pool_odd", 2, 5, 1, 3)]:
        features = array(name + "/features", n, h, w, c).requires_grad_()
        mask = array(name + "/mask", n, h, w, 1).requires_grad_()
        out = features * mask
        (out * array(name + "/weights", *out.shape)).sum().backward()
        print('    {"%s", %d, %d, %d, %d,\n     %s,\n     %s,\n     %s},' % (
            name, n, h, w, c, sums(name + "/out", out),
            sums(name + "/features_gradient", features.grad),
            sums(name + "/mask_gradient", mask.grad)))
    print("};")
    end()


# ------------------------------------------------------------- stage bridge

def stage_bridge():
    """Ten RoIs, 5 classes with the background first, in an image of 90 x 70.  A
    RoI that is clipped passes no gradient to its deltas, and to its box as if
    it were not."""
    begin("STAGE_BRIDGE")
    print("struct golden_stage_bridge {\n    const char *name;\n"
          "    int32_t objects_only;\n"
          "    struct named_sums out, boxes, deltas;\n};\n")
    print("static const struct golden_stage_bridge golden_stage_bridge[] = {")
    for name, objects_only in [("bridge_any", 0), ("bridge_objects", 1)]:
        corner = 30 * (array(name + "/corners", 10, 2) + 1)
        size = 10 * (array(name + "/sizes", 10, 2) + 1.25)
        boxes = torch.cat([corner, corner + size], 1).float().double().requires_grad_()
        deltas = array(name + "/deltas", 10, 5, 4).requires_grad_()
        scores = array(name + "/scores", 10, 5)
        best = scores[:, objects_only:].argmax(1) + objects_only
        out = regressed(boxes, deltas[torch.arange(10), best])
        clipped = clipped_box(out.detach(), 90, 70)
        print('    {"%s", %d,\n     %s,' % (name, objects_only, sums(name + "/out", clipped)))
        weights = array(name + "/weights", 10, 4)
        box_gradient, = torch.autograd.grad((out * weights).sum(), boxes, retain_graph=True)
        free = (clipped == out).all(1)[:, None]
        delta_gradient, = torch.autograd.grad((out * weights * free).sum(), deltas)
        print("     %s,\n     %s}," % (sums(name + "/box_gradient", box_gradient),
                                      sums(name + "/delta_gradient", delta_gradient)))
    print("};")
    end()


# ------------------------------------------------------------- mask voting
# Here boxes are those of the source: their last pixel is at x2.

def overlaps(boxes, box):
    inner = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2]) + 1
    inner = np.maximum(inner, 0).prod(1)
    return inner / ((boxes[:, 2:] - boxes[:, :2] + 1).prod(1) +
                    (box[2:] - box[:2] + 1).prod() - inner)


def kept(boxes, scores, limit):
    order, out = list(np.argsort(-scores, kind="stable")), []
    while order and len(out) < limit:
        best = order.pop(0)
        out.append(best)
        order = [i for i in order if overlaps(boxes[i:i + 1], boxes[best])[0] <= 0.3]
    return out


def stretched(mask, h, w):
    """As by OpenCV: half-pixel centres, the border repeated."""
    return F.interpolate(torch.tensor(mask)[None, None], size=(h, w), mode="bilinear",
                         align_corners=False)[0, 0].numpy()


def at_corners(image, y, x):
    """Bilinear without a shift; the last row and column are not interpolated."""
    y0, x0 = np.floor(y).astype(int)[:, None], np.floor(x).astype(int)[None, :]
    fy, fx = y[:, None] - y0, x[None, :] - x0
    last = (y0 == image.shape[0] - 1) | (x0 == image.shape[1] - 1)
    y1, x1 = np.minimum(y0 + 1, image.shape[0] - 1), np.minimum(x0 + 1, image.shape[1] - 1)
    mixed = (1 - fy) * ((1 - fx) * image[y0, x0] + fx * image[y0, x1]) + \
        fy * ((1 - fx) * image[y1, x0] + fx * image[y1, x1])
    return np.where(last, image[y0, x0], mixed)


def voted(boxes, masks, weights, soft, width, height):
    total = np.zeros((height, width))
    side = masks.shape[1]
    for box, mask, weight in zip(boxes, masks, weights):
        if soft:
            x = np.arange(np.ceil(box[0]), np.floor(box[2]) + 1)
            y = np.arange(np.ceil(box[1]), np.floor(box[3]) + 1)
            total[np.ix_(y.astype(int), x.astype(int))] += weight * at_corners(
                mask, (y - box[1]) * side / (box[3] - box[1] + 1),
                (x - box[0]) * side / (box[2] - box[0] + 1))
        else:
            x1, y1, x2, y2 = np.round(box).astype(int)
            small = stretched(mask, y2 - y1 + 1, x2 - x1 + 1) >= 0.4
            total[y1:y2 + 1, x1:x2 + 1] += weight * small
    rows, columns = np.where(total > 0.4 if soft else total >= 0.4)
    if len(rows) == 0:
        rows, columns = np.array([height // 2]), np.array([width // 2])
    x1, y1, x2, y2 = columns.min(), rows.min(), columns.max(), rows.max()
    places = np.arange(side)
    if soft:
        small = at_corners(total, y1 + places * (y2 - y1 + 1) / side,
                           x1 + places * (x2 - x1 + 1) / side)
    else:
        small = stretched(total[y1:y2 + 1, x1:x2 + 1], side, side)
    return (x1, y1, x2 + 1, y2 + 1), small


def voting_case(name, soft, rois, classes, side, limit, width, height):
    """RoIs around four places; scores with a background of column 0."""
    centres = np.array([[14.0, 14], [40, 16], [16, 34], [36, 34]])
    jitter = array(name + "/boxes", rois, 4).numpy()
    scores = (array(name + "/scores", rois, classes).numpy() + 1) / 2
    masks = (array(name + "/masks", rois, side, side).numpy() + 1) / 2
    middle = centres[np.arange(rois) % 4] + 4 * jitter[:, :2]
    half = 8 + 4 * jitter[:, 2:]
    # Quarters of a pixel, so that no rounding is a tie.
    corners = np.floor(np.hstack([middle - half, middle + half])) + 0.25
    boxes = np.clip(corners, 0, [width, height] * 2) - np.array([0, 0, 1, 1])
    picks = [(-scores[r, c], c, place, r) for c in range(1, classes)
             for place, r in enumerate(kept(boxes, scores[:, c], limit))]
    rows, small = [], []
    for score, label, _, roi in sorted(picks)[:limit]:
        voters = np.where(overlaps(boxes, boxes[roi]) >= 0.5)[0]
        weights = scores[voters, label] / scores[voters, label].sum()
        box, mask = voted(boxes[voters], masks[voters], weights, soft, width, height)
        rows.append("    {%d, %.9gf, {%d, %d, %d, %d}},\n" % ((label, -score) + box))
        small.append(mask)
    print("static const struct golden_instance golden_%s[] = {" % name)
    print("".join(rows) + "};")
    return '    {"%s", %d, %d, %d, %d, %d, %d, %d, %d, golden_%s,\n     %s},' % (
        name, soft, rois, classes, side, limit, width, height, len(rows), name,
        sums(name + "/small", torch.tensor(np.array(small))))


def mask_voting():
    begin("MASK_VOTING")
    print("struct golden_instance {\n    int32_t label;\n    float score;\n"
          "    struct det_box box;\n};\n")
    print("struct golden_voting {\n    const char *name;\n"
          "    int32_t soft, rois, classes, side, limit, width, height, count;\n"
          "    const struct golden_instance *instances;\n"
          "    struct named_sums small;\n};\n")
    rows = [voting_case(*case) for case in [
        ("voting_binary", 0, 48, 4, 7, 12, 60, 52),
        ("voting_binary_21", 0, 30, 3, 21, 100, 60, 52),
        ("voting_soft", 1, 48, 4, 7, 12, 60, 52),
        ("voting_soft_21", 1, 30, 3, 21, 100, 60, 52)]]
    print("\nstatic const struct golden_voting golden_voting[] = {")
    print("\n".join(rows) + "\n};")
    end()


# ----------------------------------------------------------------- targets

TARGET_BOXES = [(3, 4, 20, 18), (0, 0, 30, 24), (10.25, 5.75, 13.25, 22.25), (25, 2, 29, 5),
                (6.6, 7.4, 7.6, 8.4)]


def mnc_targets():
    """A true mask of 24 x 30 pixels: a disk and a stripe."""
    begin("MNC_TARGETS")
    y, x = np.mgrid[:24, :30]
    true = ((x - 12) ** 2 + (y - 11) ** 2 < 64) | ((x > 24) & (y < 9))
    print("struct golden_mnc_target {\n    struct det_box box;\n    double overlap;\n"
          "    struct named_sums target;\n};\n")
    print("static const struct golden_mnc_target golden_mnc_targets[] = {")
    for i, box in enumerate(TARGET_BOXES):
        x1, y1, x2, y2 = np.round(box).astype(int)
        target = stretched(true[y1:y2, x1:x2].astype(float), 21, 21) >= 0.4
        name = "target_%d" % i
        small = (array(name + "/mask", 21, 21).numpy() + 1.5) / 2.5
        found = np.zeros(true.shape, bool)
        found[y1:y2, x1:x2] = stretched(small, y2 - y1, x2 - x1) >= 0.4
        overlap = (found & true).sum() / (found | true).sum()
        print("    {{%s}, %.17g,\n     %s}," % (
            ", ".join("%gf" % v if v % 1 else "%d" % v for v in box), overlap,
            sums(name + "/target", torch.tensor(target.astype(float)))))
    print("};")
    end()


# -------------------------------------------------------------------- head

class Head(nn.Module):
    """MNC models/VGG16/mnc_5stage/train.prototxt, stages 2 and 3, narrower.  Some
    RoIs' masks are no objects', so that their logits learn nothing from behind."""

    def __init__(self, side):
        super().__init__()
        self.side = side
        self.mask_head = nn.ModuleDict({"fc6": nn.Linear(14 * 14 * 6, 24),
                                        "mask_pred": nn.Linear(24, 441)})
        self.box_head, self.masked_head = [
            nn.ModuleDict({"fc6": nn.Linear(7 * 7 * 6, 40), "fc7": nn.Linear(40, 40)})
            for _ in range(2)]
        self.box_predictor = nn.ModuleDict({"cls_score": nn.Linear(80, 5),
                                            "bbox_pred": nn.Linear(80, 20)})
        self.mask_predictor = nn.ModuleDict({"cls_score": nn.Linear(80, 5)})

    @staticmethod
    def vector(head, features):
        features = F.max_pool2d(features, 2).flatten(1)
        return F.relu(head["fc7"](F.relu(head["fc6"](features))))

    def forward(self, maps, boxes, scale=4.0):
        x1, y1, x2, y2 = boxes.flatten(1).unbind(1)
        image = torch.arange(len(boxes)) % len(maps)
        features = interpolated(maps.permute(0, 2, 3, 1)[image],
                                    warp_places(y1, y2, scale, self.side),
                                    warp_places(x1, x2, scale, self.side))
        features = features.permute(0, 3, 1, 2)
        if self.side == 28:
            features = F.max_pool2d(features, 2)
        hidden = F.relu(self.mask_head["fc6"](features.flatten(1)))
        logits = self.mask_head["mask_pred"](hidden).reshape(-1, 1, 21, 21)
        live = (torch.arange(len(boxes)) % 3 != 1)[:, None, None, None]
        masks = torch.sigmoid(torch.where(live, logits, logits.detach()))
        masked = features * resized(masks, 14, 14)
        both = torch.cat([self.vector(self.masked_head, masked),
                          self.vector(self.box_head, features)], 1)
        return [logits, masks, self.box_predictor["cls_score"](both),
                self.mask_predictor["cls_score"](both), self.box_predictor["bbox_pred"](both)]


def clipped_box(boxes, width, height):
    limits = torch.tensor([width, height, width, height]).double()
    return torch.min(boxes.clamp(min=0), limits)


def regressed(boxes, deltas):
    """Deltas as they are learned, (10, 10, 5, 5) times as large."""
    d = deltas / torch.tensor([10.0, 10, 5, 5])
    old = boxes[:, 2:] - boxes[:, :2]
    centre = boxes[:, :2] + old / 2 + d[:, :2] * old
    half = torch.exp(d[:, 2:]) * old / 2
    return torch.cat([centre - half, centre + half], 1)


def cascade():
    """Ten proposals in an image of 90 x 70, a photo of 180 x 105."""
    begin("CASCADE")
    print("struct golden_cascade {\n    int32_t direct;\n"
          "    struct named_sums boxes, scores, masks;\n};\n")
    print("static const struct golden_cascade golden_cascades[] = {")
    with torch.no_grad():
        for direct in (0, 1):
            heads = [Head(28).double(), Head(14 if direct else 28).double()]
            for head in heads:
                for name, value in head.named_parameters():
                    gain = (3.0 / value[0].numel()) ** 0.5 if value.dim() > 1 else 0.1
                    value.copy_((gain * array("cascade/" + name, *value.shape)).float())
            maps = array("cascade/map", 1, 9, 12, 6).permute(0, 3, 1, 2)
            corner = 30 * (array("cascade/corners", 10, 2) + 1)
            boxes = torch.cat([corner, corner + 20 * (array("cascade/sizes", 10, 2) + 1.25)], 1)
            boxes = clipped_box(boxes.float().double(), 90, 70)
            found = []
            for head in heads:
                _, masks, _, scores, deltas = head(maps, boxes[:, :, None, None], 0.125)
                scores = scores.softmax(1)
                photo = boxes * torch.tensor([2.0, 1.5, 2.0, 1.5])
                found.append((photo, scores, masks))
                best = scores.argmax(1)
                deltas = deltas.reshape(10, 5, 4)[torch.arange(10), best]
                boxes = clipped_box(regressed(boxes, deltas), 90, 70)
            names = "boxes", "scores", "masks"
            rows = [sums("cascade/" + name, torch.cat(both))
                    for name, both in zip(names, zip(*found))]
            print("    {%d,\n     %s}," % (direct, ",\n     ".join(rows)))
    print("};")
    end()


def main():
    torch.set_num_threads(1)
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by tools/golden/mnc.py with torch %s; do not edit. */" % torch.__version__)
    print("#ifndef TESTS_MNC_GOLDEN_H\n#define TESTS_MNC_GOLDEN_H\n")
    print('#include <stdint.h>\n\n#include "geometry/box.h"\n'
          '#include "tests/named_numbers.h"\n')
    for make in (roi_warp, mask_resize, mask_pooling, stage_bridge, mask_voting,
                 mnc_targets, cascade):
        make()
    print("#endif")


if __name__ == "__main__":
    main()
