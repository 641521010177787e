# SPDX-License-Identifier: MIT
"""torchvision's networks with the weights of a model file, and parts of them.

Needs torch, torchvision and Pillow.
"""
import os
import sys

import torch
import torchvision
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.ops import misc, roi_align

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, os.pardir, "tests", "parity"))
import torchvision_detections  # noqa: E402


class Regions(nn.Module):
    """RoIAlign as torchvision's C4 model does it, then the head."""

    def __init__(self, head):
        super().__init__()
        self.head = head

    def forward(self, features, boxes):
        return self.head(roi_align(features, [boxes], 14, 1.0 / 16, 2))


class Classifier(nn.Module):
    """Its probabilities."""

    def __init__(self, resnet):
        super().__init__()
        self.resnet = resnet

    def forward(self, x):
        return self.resnet(x).softmax(1)


def load(path, kind):
    if kind == "classify":
        tensors, metadata = torchvision_detections.read_safetensors(path)
        model = getattr(torchvision.models, metadata["architecture"])(
            weights=None)
        model.load_state_dict({
            key.replace("backbone.body.", ""): value
            for key, value in tensors.items()})
        return Classifier(model).eval()
    model = torchvision_detections.load(path)
    if kind == "trunk":
        return model.backbone
    if kind == "head":
        return model.roi_heads.box_head
    if kind == "regions":
        return Regions(model.roi_heads.box_head)
    return model


def plain_norm(norm):
    """Fixed numbers as a norm that fuse_conv_bn_eval knows."""
    if isinstance(norm, nn.BatchNorm2d):
        return norm
    plain = nn.BatchNorm2d(norm.weight.numel(), norm.eps).eval()
    plain.load_state_dict(norm.state_dict(), strict=False)
    return plain


def is_norm(module):
    return isinstance(module, (nn.BatchNorm2d, misc.FrozenBatchNorm2d))


@torch.no_grad()
def fold_norms(model):
    """Every norm into the convolution before it."""
    for parent in list(model.modules()):
        before = None
        for name, child in list(parent.named_children()):
            if is_norm(child) and isinstance(before, tuple):
                fused = fuse_conv_bn_eval(before[1], plain_norm(child))
                setattr(parent, before[0], fused)
                setattr(parent, name, nn.Identity())
            before = (name, child) if isinstance(child, nn.Conv2d) else None
    return model
