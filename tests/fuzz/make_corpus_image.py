#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: make_corpus_image.py FOLDER

Seeds for fuzz_image: small pictures of every kind.  Needs python3-pil.
"""
import io
import os
import struct
import sys
import zlib

from PIL import Image


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(mode, size=(9, 7)):
    image = Image.new("RGB", size)
    image.putdata([(x * 28, y * 36, (x * y * 5) % 256)
                   for y in range(size[1]) for x in range(size[0])])
    return image.convert(mode)


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(depth, colour, rows, extra=b"", width=4, height=2, interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0,
                         interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(orientation, order="<"):
    mark = b"II" if order == "<" else b"MM"
    return (b"Exif\0\0" + mark + struct.pack(order + "HIHHHIHHI", 42, 8, 1,
                                             0x112, 3, 1, orientation, 0, 0))


def seeds():
    yield "rgb.jpg", encode(picture("RGB"), "JPEG")
    yield "grey.jpg", encode(picture("L"), "JPEG")
    yield "cmyk.jpg", encode(picture("CMYK"), "JPEG")
    yield "progressive.jpg", encode(picture("RGB"), "JPEG", progressive=True)
    yield "444.jpg", encode(picture("RGB"), "JPEG", subsampling=0)
    for orientation in (3, 6, 8):
        yield f"exif{orientation}.jpg", encode(
            picture("RGB"), "JPEG", exif=exif(orientation))
    yield "exif_motorola.jpg", encode(picture("RGB"), "JPEG",
                                      exif=exif(5, ">"))
    yield "restart.jpg", encode(picture("L", (33, 17)), "JPEG", quality=20)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield f"{mode.lower()}.png", encode(picture(mode), "PNG")
    yield "transparent.png", encode(picture("P"), "PNG", transparency=1)
    yield "grey16.png", png(16, 0, (b"\0" + bytes(range(8))) * 2)
    yield "rgba16.png", png(16, 6, (b"\0" + bytes(range(32))) * 2)
    yield "grey2.png", png(2, 0, b"\0\x1b" * 2)
    yield "key.png", png(8, 2, (b"\0" + bytes(12)) * 2,
                         chunk(b"tRNS", bytes(6)))
    yield "turned.png", png(8, 0, (b"\0" + bytes(range(4))) * 2,
                            chunk(b"eXIf", exif(6)[6:]))
    yield "adam7.png", png(8, 0, b"\0\1\0\2\0\3\0\4\5\0\1\2\3\4",
                           interlace=1)
    yield "huge.png", png(8, 2, b"", width=1 << 30, height=1 << 30)
    yield "gif", b"GIF89a" + bytes(20)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in seeds():
        assert len(data) < 4096, (name, len(data))
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
