# SPDX-License-Identifier: MIT
"""Writes Caffe's files, for tests: a protocol buffer's wire format, then the
messages of caffe.proto that hold weights."""
import struct


def varint(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def text(field, value):
    return message(field, value.encode())


def floats(field, values):
    """Packed; numpy arrays go by their own bytes."""
    if hasattr(values, "astype"):
        return message(field, values.astype("<f4").tobytes())
    return message(field, struct.pack(f"<{len(values)}f", *values))


def single_floats(field, values):
    return b"".join(varint(field << 3 | 5) + struct.pack("<f", v)
                    for v in values)


def doubles(field, values):
    return message(field, struct.pack(f"<{len(values)}d", *values))


def single_doubles(field, values):
    return b"".join(varint(field << 3 | 1) + struct.pack("<d", v)
                    for v in values)


def shape(sides):
    return message(7, message(1, b"".join(varint(s) for s in sides)))


def single_sides(sides):
    return message(7, b"".join(number(1, s) for s in sides))


def old_shape(sides):
    sides = [1] * (4 - len(sides)) + list(sides)
    return b"".join(number(i + 1, s) for i, s in enumerate(sides))


def blob(array):
    """A BlobProto as Caffe has written it since 2015."""
    return floats(5, array.ravel()) + shape(array.shape)


def old_blob(array):
    """As before: four sides, fc weights are 1 x 1 x N x K."""
    return old_shape(array.shape) + floats(5, array.ravel())


def layer(name, kind, blobs):
    """A LayerParameter; `blobs` are bytes."""
    return message(100, text(1, name) + text(2, kind) +
                   b"".join(message(7, b) for b in blobs))


def layer_v1(name, kind, blobs):
    """A V1LayerParameter; `kind` is the enum's number."""
    return message(2, text(4, name) + number(5, kind) +
                   b"".join(message(6, b) for b in blobs))


def net(name, layers):
    return text(1, name) + b"".join(layers)
