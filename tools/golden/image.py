#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Expected values for tests/test_image.c: what Pillow reads.

    python3 tools/golden/image.py > tests/golden/image_golden.h

Needs python3-pil and python3-numpy; the header in the repository was made with
Pillow 9.4.0 (Debian 12).  The pictures are the fuzzer's seeds.
"""
import os

import numpy
import PIL
from PIL import Image, ImageOps

FOLDER = os.path.join(os.path.dirname(__file__),
                      "../../tests/fuzz/corpus/image")
NAMES = ["rgb.jpg", "grey.jpg", "cmyk.jpg", "progressive.jpg", "444.jpg",
         "exif3.jpg", "exif6.jpg", "exif8.jpg", "exif_motorola.jpg",
         "restart.jpg", "1.png", "l.png", "la.png", "p.png", "rgb.png",
         "rgba.png", "transparent.png", "grey16.png", "grey2.png", "key.png",
         "adam7.png"]


def read(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I"):  # Pillow would cut 16 bits off at 255
        grey = (numpy.asarray(image) >> 8).astype(numpy.uint8)
        return numpy.stack([grey] * 3, axis=-1)
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(
            Image.new("RGBA", image.size, "white"), image)
    return numpy.asarray(image.convert("RGB"))


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Made by tools/golden/image.py with Pillow {PIL.__version__}; "
          "do not edit. */")
    print("#ifndef TESTS_IMAGE_GOLDEN_H\n#define TESTS_IMAGE_GOLDEN_H\n")
    print("#include <stdint.h>\n")
    print("struct golden_image {\n    const char *name;\n"
          "    int32_t width, height;\n"
          "    const uint8_t *values; /* [height, width, 3] */\n};\n")
    rows = []
    for i, name in enumerate(NAMES):
        pixels = read(os.path.join(FOLDER, name))
        print(f"static const uint8_t golden_image_{i}[] = {{")
        line = "   "
        for value in pixels.flatten().tolist():
            if len(line) + len(str(value)) + 2 > 79:
                print(line)
                line = "   "
            line += f" {value},"
        print(line + "\n};")
        height, width = pixels.shape[:2]
        rows.append(f'    {{"{name}", {width}, {height}, golden_image_{i}}},')
    print("static const struct golden_image golden_images[] = {")
    print("\n".join(rows) + "\n};\n\n#endif")


main()
