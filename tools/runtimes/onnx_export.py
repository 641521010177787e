#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A network, or a part of it, as ONNX.

usage: onnx_export.py MODEL.safetensors KIND PHOTO HEIGHT WIDTH COUNT OUT.onnx

KIND and the rest are those of works.py.  Needs torch, torchvision and Pillow.
"""
import sys

import inputs
import networks
import torch
import works
from torchvision.models.detection.transform import resize_boxes

OPSET = 15  # from 16 on RoiAlign means other places than torchvision's
OUTPUTS = {"detect": ["boxes", "labels", "scores", "masks"]}


def only_boxes(results, inner, outer):
    """transform.postprocess but for masks: paste.py does that far faster."""
    for result, a, b in zip(results, inner, outer):
        result["boxes"] = resize_boxes(result["boxes"], a, b)
    return results


class Detector(torch.nn.Module):
    """One photo in, a tuple out; masks are of 28 x 28."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        model.transform.postprocess = only_boxes

    def forward(self, image):
        out = self.model([image])[0]
        return tuple(out[name] for name in OUTPUTS["detect"] if name in out)


def main():
    if len(sys.argv) != 8:
        raise SystemExit(__doc__)
    model, kind, photo, height, width, count, out = sys.argv[1:]
    network = networks.fold_norms(networks.load(model, kind))
    if kind == "detect":
        network = Detector(network)
    names = OUTPUTS.get(kind, ["out"])
    if kind == "detect" and not network.model.roi_heads.has_mask():
        names = names[:3]
    tensors = inputs.tensors(kind, photo, (int(height), int(width)), int(count))
    with torch.no_grad():
        torch.onnx.export(
            network.eval(), tuple(map(torch.from_numpy, tensors.values())), out,
            input_names=list(tensors), opset_version=OPSET, output_names=names,
            dynamic_axes=works.OPEN_SIZES[kind])


if __name__ == "__main__":
    main()
