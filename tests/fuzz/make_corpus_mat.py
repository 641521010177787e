#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seeds for fuzz_mat: MAT-files of level 5.

    python3 tests/fuzz/make_corpus_mat.py tests/fuzz/corpus/mat
"""
import os
import struct
import sys
import zlib

INT8, UINT8, UINT16, INT32, UINT32, DOUBLE = 1, 2, 4, 5, 6, 9
MATRIX, COMPRESSED = 14, 15
STRUCT, CLASS_DOUBLE, CLASS_UINT8 = 2, 6, 9


class Maker:
    def __init__(self, order):
        self.order = order

    def pack(self, kind, *values):
        return struct.pack(f"{self.order}{len(values)}{kind}", *values)

    def element(self, kind, data):
        if 0 < len(data) <= 4:
            return self.pack("I", len(data) << 16 | kind) + data.ljust(4, b"\0")
        return self.pack("I", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    def array(self, kind, shape, name, content):
        body = (self.element(UINT32, self.pack("I", kind, 0)) +
                self.element(INT32, self.pack("i", *shape)) +
                self.element(INT8, name) + content)
        return self.pack("I", MATRIX, len(body)) + body

    def objects(self, wide):
        picture = [1, 1, 0, 2, 2, 2, 0, 0, 3, 0, 0, 3]
        numbers = (self.element(DOUBLE, self.pack("d", *picture)) if wide else
                   self.element(UINT8, self.pack("B", *picture)))
        fields = [
            (b"Segmentation", self.array(CLASS_UINT8, (3, 4), b"", numbers)),
            (b"Boundaries", self.pack("I", MATRIX, 0)),
            (b"Categories", self.array(CLASS_DOUBLE, (3, 1), b"",
                                       self.element(UINT8, b"\x0f\x07\x01"))),
        ]
        content = self.element(INT32, self.pack("i", 32))
        content += self.element(INT8, b"".join(name.ljust(32, b"\0")
                                               for name, _ in fields))
        content += b"".join(field for _, field in fields)
        return self.array(STRUCT, (1, 1), b"GTinst", content)

    def numbers(self):
        return self.array(CLASS_DOUBLE, (1, 3), b"x", self.element(
            UINT16, self.pack("H", 1, 2, 65535)))

    def packed(self, element):
        data = zlib.compress(element, 9)
        return self.pack("I", COMPRESSED, len(data)) + data

    def file(self, *elements):
        text = b"MATLAB 5.0 MAT-file".ljust(124)
        return (text + self.pack("H", 0x0100) + self.pack("H", 0x4D49) +
                b"".join(elements))


def main(folder):
    os.makedirs(folder, exist_ok=True)
    files = {}
    for name, order in (("little", "<"), ("big", ">")):
        m = Maker(order)
        files[name] = m.file(m.objects(False))
        files[f"{name}_wide"] = m.file(m.objects(True))
        files[f"{name}_numbers"] = m.file(m.numbers())
        files[f"{name}_packed"] = m.file(m.packed(m.numbers()),
                                         m.packed(m.objects(True)))
    m = Maker("<")
    files["cut"] = files["little"][:-20]
    files["bomb"] = m.file(m.packed(b"\0" * 3000000))
    files["hdf5"] = b"MATLAB 7.3 MAT-file".ljust(200)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
