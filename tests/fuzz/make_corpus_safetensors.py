#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: make_corpus_safetensors.py FOLDER

Seeds for fuzz_safetensors: small files, good and bad, one for each branch of
the reader.  Needs nothing but Python; the same bytes each time.
"""
import os
import struct
import sys


def tensor(name, dtype, shape, begin, end):
    return '"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}' % (
        name, dtype, ",".join(map(str, shape)), begin, end)


def file(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else header.encode()
    length = len(header) if length is None else length
    return struct.pack("<Q", length) + header + data


def obj(*members):
    return "{" + ",".join(members) + "}"


F32 = struct.pack("<6f", 1.0, -2.5, 0.0, 1e-45, 3e38, -0.0)
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4,
         "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def all_types():
    members, data = [], b""
    for name, size in SIZES.items():
        end = len(data) + 2 * size
        members.append(tensor("t." + name, name, [2], len(data), end))
        data += bytes((7 * i) % 120 for i in range(2 * size))
    return file(obj(*members), data)


def seeds():
    one = tensor("a", "F32", [2, 3], 0, 24)
    metadata = '"__metadata__":{"format":"x","k\\u00e9":"\\ud83d\\ude00\\n"}'
    yield "good", file(obj(one), F32)
    yield "metadata", file(obj(metadata, one) + "     ", F32)
    yield "metadata_only", file(obj('"__metadata__":{}'))
    yield "empty", file("{}")
    yield "types", all_types()
    yield "scalar", file(obj(tensor("s", "F64", [], 0, 8)), F32[:8])
    yield "no_elements", file(obj(one, tensor("z", "F32", [0, 9], 24, 24)), F32)
    yield "any_order", file(obj(tensor("b", "F32", [2], 16, 24),
                                tensor("a", "F32", [4], 0, 16)), F32)
    yield "white", file("{ \t\r\n" + one.replace(":", " : ") + "\n}", F32)
    yield "escapes", file(obj(tensor("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u1234",
                                     "U8", [1], 0, 1)), b"x")
    yield "utf8", file(obj(tensor("é€😀", "U8", [1], 0, 1)), b"x")
    yield "nan", file(obj(tensor("n", "F16", [3], 0, 6)),
                      struct.pack("<3H", 0x7e00, 0x7c00, 0x0001))
    yield "rank", file(obj(tensor("r", "U8", [1] * 8, 0, 1)), b"x")
    yield "bad_rank", file(obj(tensor("r", "U8", [1] * 9, 0, 1)), b"x")
    yield "bad_overflow", file(obj(tensor("o", "F32", [2**62, 2**62], 0, 24)),
                               F32)
    yield "bad_hole", file(obj(tensor("a", "F32", [1], 0, 4),
                               tensor("b", "F32", [4], 8, 24)), F32)
    yield "bad_overlap", file(obj(tensor("a", "F32", [2], 0, 8),
                                  tensor("b", "F32", [5], 4, 24)), F32)
    yield "bad_tail", file(obj(tensor("a", "F32", [2], 0, 8)), F32)
    yield "bad_outside", file(obj(tensor("a", "F32", [7], 0, 28)), F32)
    yield "bad_twice", file(obj(one, tensor("a", "U8", [0], 24, 24)), F32)
    yield "bad_dtype", file(obj(tensor("a", "F8_E4M3", [24], 0, 24)), F32)
    yield "bad_number", file(obj(one.replace("24", "24.0")), F32)
    yield "bad_utf8", file(b'{"\xc0\xaf":{}}')
    yield "bad_surrogate", file('{"\\ud800\\u0041":{}}')
    yield "bad_length", file("{}", b"", 2**63)
    yield "bad_field", file('{"a":{"dtype":"U8","stride":[1]}}')
    yield "bad_nested", file('{"__metadata__":{"a":{"b":"c"}}}')
    yield "bad_end", file(obj(one) + " x", F32)


def main():
    for name, data in seeds():
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


main()
