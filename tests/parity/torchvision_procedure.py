# SPDX-License-Identifier: MIT
"""The test-time procedure of He et al. 2015, appendix B, from torchvision's
parts: iterative localization with box voting, the whole image as context,
several scales of which each region takes the maximum of two, several models
that decide together.  And Detectron2's test-time augmentation
(modeling/test_time_augmentation.py): the whole photo at several scales and
mirrored."""
import copy

import torch
from torchvision.models import detection
from torchvision.ops import boxes as box_ops
from torchvision.ops import roi_align


def vote(boxes, labels, voters, voter_scores, voter_labels):
    """The mean of the voters of the same class with an IoU of 0.5."""
    iou = box_ops.box_iou(boxes.double(), voters.double())
    weights = (((iou >= 0.5) & (labels[:, None] == voter_labels[None, :]))
               * voter_scores.double())
    return (weights @ voters.double()
            / weights.sum(1, keepdim=True)).to(boxes.dtype)


def choose(heads, scores, boxes, votes, threshold):
    labels = torch.arange(scores.shape[1]).expand_as(scores)[:, 1:].flatten()
    scores, boxes = scores[:, 1:].flatten(), boxes[:, 1:].reshape(-1, 4)
    wanted = scores > heads.score_thresh
    scores, boxes, labels = scores[wanted], boxes[wanted], labels[wanted]
    big = box_ops.remove_small_boxes(boxes, min_size=1e-2)
    scores, boxes, labels = scores[big], boxes[big], labels[big]
    keep = box_ops.batched_nms(boxes, scores, labels, threshold)
    keep = keep[:heads.detections_per_img]
    chosen = boxes[keep]
    if votes:
        chosen = vote(chosen, labels[keep], boxes, scores, labels)
    return {"boxes": chosen, "scores": scores[keep], "labels": labels[keep]}


def at_scale(usual, scale):
    """A transform to another shorter side; the longest one grows with it."""
    transform = copy.deepcopy(usual)
    transform.min_size = (scale,)
    transform.max_size = round(usual.max_size * scale / usual.min_size[0])
    return transform


class View:
    """One model's features of a photo, at its usual scale or at several."""

    def __init__(self, model, photo, scales, merge_pooled, usual=None,
                 mirrored=False):
        self.model, self.heads = model, model.roi_heads
        self.merge_pooled = merge_pooled
        images, _ = (at_scale(model.transform, usual) if usual
                     else model.transform)([photo])
        self.size, self.mirrored = images.image_sizes[0], mirrored
        if mirrored:
            width = self.size[1]
            images.tensors[..., :width] = images.tensors[..., :width].flip(-1)
        self.features = self.run_backbone(images)
        self.proposals = model.rpn(images, self.features)[0][0]
        self.scales = [self.at_scale(photo, scale) for scale in scales]

    def run_backbone(self, images):
        features = self.model.backbone(images.tensors)
        return {"0": features} if isinstance(features, torch.Tensor) \
            else features

    def at_scale(self, photo, scale):
        """How many times as large the photo is, and its one map."""
        images, _ = at_scale(self.model.transform, scale)([photo])
        longer = 0 if self.size[0] > self.size[1] else 1
        factor = images.image_sizes[0][longer] / self.size[longer]
        return factor, self.run_backbone(images)["0"]

    def of_two_scales(self, rois, function):
        """The maximum over both scales of `function` of what is pooled."""
        factors = torch.tensor([factor for factor, _ in self.scales])
        area = box_ops.box_area(rois).double()
        distance = (area[:, None] * factors[None, :].double() ** 2
                    - 224.0 ** 2).abs()
        lower = (distance[:, :-1] + distance[:, 1:]).argmin(1)
        best = None
        for index in (lower, lower + 1):
            out = [None] * len(rois)
            for i, (factor, features) in enumerate(self.scales):
                at = (index == i).nonzero().flatten()
                pooled = roi_align(features, [rois[at]], 14, factor / 16, 2)
                for place, row in zip(at.tolist(), function(pooled)):
                    out[place] = row
            out = torch.stack(out)
            best = out if best is None else torch.maximum(best, out)
        return best

    def with_context(self, vectors):
        """Beside each region's features those of the whole image."""
        height, width = self.size
        whole = torch.tensor([[0.0, 0.0, width, height]])
        context = self.vectors(whole).expand_as(vectors)
        return torch.cat([vectors, context], dim=1)

    def vectors(self, rois):
        head = self.heads.box_head
        if not self.scales:
            return head(self.heads.box_roi_pool(self.features, [rois],
                                                [self.size]))
        if self.merge_pooled:
            return head(self.of_two_scales(rois, lambda pooled: pooled))
        maps = self.of_two_scales(rois, head.layer4)
        return maps.mean(dim=(2, 3))

    def predict(self, rois):
        vectors = self.vectors(rois)
        if self.model.sees_whole_image:
            vectors = self.with_context(vectors)
        logits, deltas = self.heads.box_predictor(vectors)
        return torch.softmax(logits, -1), deltas

    def masks(self, boxes, labels):
        logits = self.heads.mask_predictor(self.heads.mask_head(
            self.heads.mask_roi_pool(self.features, [boxes], [self.size])))
        return detection.roi_heads.maskrcnn_inference(logits, [labels])[0]


class Procedure:
    def __init__(self, models, rounds, scales, merge_pooled):
        self.models, self.rounds = models, rounds
        self.scales, self.merge_pooled = scales, merge_pooled

    def predict(self, views, rois):
        """Scores and clipped boxes of each RoI, by class."""
        said = [view.predict(rois) for view in views]
        scores = sum(scores for scores, _ in said) / len(said)
        deltas = sum(deltas for _, deltas in said) / len(said)
        boxes = views[0].heads.box_coder.decode(deltas, [rois])
        return scores, box_ops.clip_boxes_to_image(boxes, views[0].size)

    def localize(self, views):
        """All rounds' scores and boxes, one behind the other."""
        rois = torch.cat([view.proposals for view in views])
        everything = []
        for _ in range(self.rounds + 1):
            scores, boxes = self.predict(views, rois)
            everything.append((scores, boxes))
            best, label = scores[:, 1:].max(1)
            rois = boxes[torch.arange(len(boxes)), label + 1]
            looked_at = (best > views[0].heads.score_thresh) & (
                rois[:, 2:] > rois[:, :2]).all(1)
            rois = rois[looked_at]
        return [torch.cat(parts) for parts in zip(*everything)]

    def run(self, photo):
        views = [View(model, photo, self.scales, self.merge_pooled)
                 for model in self.models]
        heads = views[0].heads
        threshold = 0.3 if self.rounds else heads.nms_thresh
        found = choose(heads, *self.localize(views), self.rounds > 0,
                       threshold)
        if heads.has_mask():
            masks = [view.masks(found["boxes"], found["labels"])
                     for view in views]
            found["masks"] = sum(masks) / len(masks)
        return self.models[0].transform.postprocess(
            [found], [views[0].size], [tuple(photo.shape[1:])])[0]


class Augmented(Procedure):
    """Every scale as it is and mirrored; one NMS over what all find."""

    def __init__(self, models, rounds, scales, flips):
        super().__init__(models, rounds, (), False)
        self.views = [(scale, mirrored) for scale in scales
                      for mirrored in ((False, True) if flips else (False,))]

    def look(self, photo, scale, mirrored):
        return [View(model, photo, (), False, scale, mirrored)
                for model in self.models]

    @staticmethod
    def turned(boxes, view):
        if not view.mirrored:
            return boxes
        x1, y1, x2, y2 = boxes.unbind(1)
        return torch.stack([view.size[1] - x2, y1, view.size[1] - x1, y2], 1)

    @staticmethod
    def resized(boxes, old, new):
        return detection.transform.resize_boxes(boxes, old, new)

    def run(self, photo):
        size = tuple(photo.shape[1:])
        all_views = [self.look(photo, *view) for view in self.views]
        heads = all_views[0][0].heads
        threshold = 0.3 if self.rounds else heads.nms_thresh
        parts = []
        for views in all_views:
            found = choose(heads, *self.localize(views), self.rounds > 0,
                           threshold)
            boxes = self.turned(found["boxes"], views[0])
            boxes = self.resized(boxes, views[0].size, size)
            parts.append((box_ops.clip_boxes_to_image(boxes, size),
                          found["scores"], found["labels"]))
        boxes, scores, labels = (torch.cat(part) for part in zip(*parts))
        keep = box_ops.batched_nms(boxes, scores, labels, threshold)
        keep = keep[:heads.detections_per_img]
        out = {"boxes": boxes[keep], "scores": scores[keep],
               "labels": labels[keep]}
        if heads.has_mask():
            out["masks"] = detection.transform.paste_masks_in_image(
                self.masks(all_views, out, size), out["boxes"], size)
        return out

    def masks(self, all_views, found, size):
        total = 0
        for views in all_views:
            boxes = self.resized(found["boxes"], size, views[0].size)
            boxes = self.turned(boxes, views[0])
            masks = [view.masks(boxes, found["labels"]) for view in views]
            masks = sum(masks) / len(masks)
            total = total + (masks.flip(-1) if views[0].mirrored else masks)
        return total / len(all_views)
