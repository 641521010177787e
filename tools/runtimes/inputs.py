# SPDX-License-Identifier: MIT
"""Photos and numbers that every engine is given.  Needs numpy and Pillow."""
import os

import numpy
from PIL import Image

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32)


def photo_path(folder, work):
    if work.kind == "classify":
        return os.path.join(folder, "photo-256x256.png")
    height, width = work.size
    return os.path.join(folder, "photo-%dx%d.jpg" % small(height, width))


def small(height, width):
    """A photo of these sides becomes the network's input by resizing."""
    return (round(height * 640 / width), 640) if width >= 640 else (height, width)


def crop(image, height, width):
    """The middle of the photo in the shape of these sides, of that size."""
    scale = min(image.height / height, image.width / width)
    tall, wide = round(height * scale), round(width * scale)
    left, top = (image.width - wide) // 2, (image.height - tall) // 2
    part = image.crop((left, top, left + wide, top + tall))
    return part.resize((width, height), Image.BICUBIC)


def make_photo(photo, folder, work):
    path = photo_path(folder, work)
    if not os.path.exists(path):
        sides = (256, 256) if work.kind == "classify" else small(*work.size)
        crop(Image.open(photo).convert("RGB"), *sides).save(path, quality=95)
    return path


def read_photo(path):
    """[3, H, W], 0 to 1."""
    pixels = numpy.asarray(Image.open(path).convert("RGB"))
    return numpy.ascontiguousarray(
        pixels.transpose(2, 0, 1), numpy.float32) / numpy.float32(255)


def middle(path, count):
    """[count, 3, 224, 224] of a photo of 256 x 256, as a classifier takes it."""
    pixels = numpy.asarray(Image.open(path).convert("RGB"), numpy.float32)
    pixels = (pixels[16:240, 16:240] / 255 - MEAN) / STD
    one = numpy.ascontiguousarray(pixels.transpose(2, 0, 1), numpy.float32)
    return numpy.repeat(one[None], count, 0)


def regions(count, height, width):
    """[count, 4] corners of boxes in a network's input of these sides."""
    random = numpy.random.RandomState(2)
    sides = random.uniform(32, 300, (count, 2))
    low = random.uniform(0, 1, (count, 2)) * ([width, height] - sides)
    return numpy.hstack((low, low + sides)).astype(numpy.float32)


def feature_size(side):
    for _ in range(4):
        side = (side + 1) // 2
    return side


def tensors(kind, photo, size, count):
    """What goes into a network of this kind: numpy arrays by name."""
    random = numpy.random.RandomState(1)

    def noise(*shape):
        return random.standard_normal(shape).astype(numpy.float32)

    if kind == "classify":
        return {"images": middle(photo, count)}
    if kind == "trunk":
        return {"images": noise(1, 3, *size)}
    if kind == "head":
        return {"pooled": numpy.abs(noise(count, 1024, 14, 14))}
    if kind == "regions":
        map_size = [feature_size(side) for side in size]
        return {"features": numpy.abs(noise(1, 1024, *map_size)),
                "boxes": regions(count, *size)}
    return {"image": read_photo(photo)}
