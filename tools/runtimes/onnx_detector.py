# SPDX-License-Identifier: MIT
"""JPEG to boxes and masks around an exported detector."""
import detections
import inputs
import paste


def describe(photo, outputs, encode):
    """`outputs`: boxes, labels, scores and perhaps masks of 28 x 28."""
    boxes, labels, scores = outputs[:3]
    masks = None
    if len(outputs) > 3:
        masks = paste.paste(outputs[3], boxes, *photo.shape[1:])
    return detections.describe(encode, boxes, labels, scores, masks)


def detector(path, run, encode):
    """`run`: from {"image": photo} to a list of outputs."""
    def detect():
        photo = inputs.read_photo(path)
        return describe(photo, run({"image": photo}), encode)
    return detect
