#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seeds for fuzz_hdf5.c: Caffe's .caffemodel.h5 files, good and bad, as the
HDF5 library writes them.

    python3 tests/fuzz/make_corpus_hdf5.py tests/fuzz/corpus/hdf5

tests/test_weights_hdf5.c knows what is in each.  Needs h5py; the files in the
repository were made with h5py 3.13 and HDF5 1.14.6.
"""
import ctypes
import glob
import os
import struct
import sys
import tempfile

import h5py
import numpy as np

SIX = np.arange(6, dtype="<f4")
TWO = np.array([0.5, -0.5], dtype="<f4")

def small_nodes():
    """How to create a file: with few links in a node, so that it has many
    nodes.  h5py does not know this call of the library that came with it."""
    form = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    library, = glob.glob(os.path.join(
        os.path.dirname(h5py.__file__), "..", "h5py.libs", "libhdf5-*"))
    set_sym_k = ctypes.CDLL(library).H5Pset_sym_k
    set_sym_k.argtypes = [ctypes.c_int64, ctypes.c_uint, ctypes.c_uint]
    if set_sym_k(form.id, 2, 1) < 0:
        raise SystemExit("H5Pset_sym_k failed")
    return form


def write(fill, small=True, **options):
    """The bytes of a file that fill(file) filled."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.h5")
        if small:
            access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
            access.set_libver_bounds(h5py.h5f.LIBVER_EARLIEST,
                                     h5py.h5f.LIBVER_LATEST)
            file = h5py.File(h5py.h5f.create(
                path.encode(), fcpl=small_nodes(), fapl=access))
        else:
            file = h5py.File(path, "w", **options)
        with file:
            fill(file)
        with open(path, "rb") as made:
            return made.read()


def net(layers):
    """{"conv1": [weights, biases]}"""
    def fill(file):
        data = file.create_group("data")
        for name, blobs in layers.items():
            layer = data.require_group(name)
            for i, blob in enumerate(blobs):
                layer.create_dataset(str(i), data=blob)
    return fill


def one(**options):
    """A layer "a" with one blob that has these options."""
    def fill(file):
        file.create_dataset("data/a/0", **options)
    return fill


def compact(file):
    layer = file.create_group("data/a")
    form = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    form.set_layout(h5py.h5d.COMPACT)
    form.set_obj_track_times(False)
    h5py.h5d.create(layer.id, b"0", h5py.h5t.IEEE_F32LE,
                    h5py.h5s.create_simple((2, 3)), form).write(
                        h5py.h5s.ALL, h5py.h5s.ALL, SIX.reshape(2, 3))


def growing(file):
    """Attributes that the headers have no room for."""
    net({"a": [SIX.reshape(2, 3), TWO]})(file)
    for i in range(6):
        file["data"].attrs[f"note {i}"] = "of the net"
        file["data/a/0"].attrs[f"note {i}"] = "of the blob " + 20 * "x"


def gradients(file):
    net({"a": [TWO]})(file)
    file.create_dataset("diff/a/0", data=SIX)


def good():
    yield "layer", write(net({"conv1": [SIX.reshape(2, 3), TWO]}), small=False)
    yield "nested", write(net({
        "rpn_conv/3x3": [SIX.reshape(1, 2, 1, 3), TWO], "rpn_conv": [SIX],
        "rpn_conv/1x1/b": [TWO]}))
    yield "shared", write(net({"conv1": [SIX], "conv1_ext": [], "pool1": []}))
    yield "double", write(net({"a": [SIX.astype("<f8")]}))
    yield "scalar", write(net({"a": [np.float32(7)]}))
    yield "twelve", write(net({"a": [[np.float32(i)] for i in range(12)]}))
    yield "levels", write(net({f"layer{i:02}": [] if i % 9 else [TWO]
                               for i in range(36)}))
    yield "no_numbers", write(net({"a": [np.zeros((0, 3), "<f4")]}))
    yield "compact", write(compact)
    yield "growing", write(growing)
    yield "gradients", write(gradients)
    yield "version_1", version_1(write(net({"a": [SIX]})))


def version_1(data):
    """Superblock 1 has four bytes more, of something else, at 24."""
    moved = bytearray(data)
    moved[8] = 1
    moved[28:100] = data[24:96]
    # The root's header, which was at 96, has another place: behind the rest.
    header = data[96:136]
    moved += header
    struct.pack_into("<Q", moved, 44, len(moved))
    struct.pack_into("<Q", moved, 68, len(data))
    return bytes(moved)


# ------------------------------------------------- refused, by what h5py wrote

def keras(file):
    file.create_dataset("model_weights/dense/kernel:0", data=SIX)


def soft_link(file):
    net({"a": [SIX]})(file)
    file["data/b"] = h5py.SoftLink("/data/a")


def circle(file):
    net({"a": [SIX]})(file)
    file["data/a/b"] = file["data/a"]


def named_type(file):
    file["type"] = np.dtype("<f4")
    file.create_dataset("data/a/0", data=SIX, dtype=file["type"])


def virtual(file):
    layout = h5py.VirtualLayout(shape=(6,), dtype="<f4")
    layout[:] = h5py.VirtualSource("other.h5", "0", shape=(6,))
    file.create_virtual_dataset("data/a/0", layout)


def tracked(file):
    file.create_group("data", track_order=True).create_group("a")


def refused():
    yield "no_blobs", write(net({"pool1": []}))
    yield "keras", write(keras)
    yield "data_layer", write(lambda file: file.create_dataset("data",
                                                               data=SIX))
    yield "blob_in_data", write(lambda file: file.create_dataset("data/0",
                                                                 data=SIX))
    yield "blob_name", write(lambda file: file.create_dataset("data/a/00",
                                                              data=SIX))
    yield "long_name", write(net({"a" * 150 + "/" + "b" * 50: [SIX]}))
    yield "big_endian", write(one(data=SIX.astype(">f4")))
    yield "half", write(one(data=SIX.astype("<f2")))
    yield "integers", write(one(data=SIX.astype("<i4")))
    yield "chunked", write(one(data=SIX, chunks=(6,)))
    yield "virtual", write(virtual)
    yield "unwritten", write(one(shape=(6,), dtype="<f4"))
    yield "large_side", write(one(shape=(1 << 31,), dtype="<f4"))
    yield "large_zero", write(one(
        shape=(0, *[(1 << 31) - 1] * 3), dtype="<f4"))
    yield "rank", write(one(data=np.zeros((1,) * 9, "<f4")))
    yield "null", write(one(data=h5py.Empty("<f4")))
    yield "soft_link", write(soft_link)
    yield "circle", write(circle)
    yield "named_type", write(named_type)
    yield "latest", write(net({"a": [SIX]}), small=False, libver="latest")
    yield "tracked", write(tracked)


# -------------------------------------------------------- refused, by a change

def patched(data, at, what):
    return data[:at] + what + data[at + len(what):]


def find(data, what, number):
    """Where `what` begins for the numberth time, from 0."""
    at = -1
    for _ in range(number + 1):
        at = data.index(what, at + 1)
    return at


def number(value):
    return struct.pack("<Q", value)


def damaged():
    data = write(net({"a": [SIX]}))
    trees = [find(data, b"TREE", i) for i in range(3)]
    heap = find(data, b"HEAP", 1)
    symbols = find(data, b"SNOD", 1)
    yield "offset_sizes", patched(data, 13, b"\x04")
    yield "base", patched(data, 24, number(512))
    yield "longer", patched(data, 40, number(len(data) + 1))
    yield "root_outside", patched(data, 64, number(1 << 40))
    yield "root_wraps", patched(data, 64, number((1 << 64) - 8))
    yield "heap_signature", patched(data, heap, b"LEAP")
    yield "heap_version", patched(data, heap + 4, b"\x01")
    yield "heap_exabytes", patched(data, heap + 8, number((1 << 64) - 1))
    yield "heap_outside", patched(data, heap + 24, number(len(data)))
    yield "tree_signature", patched(data, trees[1], b"FREE")
    yield "tree_kind", patched(data, trees[1] + 4, b"\x01")
    yield "tree_level", patched(data, trees[1] + 5, b"\x01")
    yield "tree_count", patched(data, trees[1] + 6, b"\xff\xff")
    yield "tree_right_self", patched(data, trees[1] + 16, number(trees[1]))
    yield "symbols_signature", patched(data, symbols, b"NODE")
    yield "symbols_count", patched(data, symbols + 6, b"\xff\xff")
    yield "symbols_name", patched(data, symbols + 8, number(1 << 32))
    yield "symbols_object", patched(data, symbols + 16, number(symbols + 4))
    names = struct.unpack_from("<Q", data, heap + 24)[0]
    yield "name_without_end", patched(
        data, names, b"a" * struct.unpack_from("<Q", data, heap + 8)[0])
    float_type = find(data, b"\x11\x20\x1f\x00\x04", 0)
    yield "type_exponent", patched(data, float_type + 13, b"\x07")
    yield "type_short", patched(data, float_type - 6, b"\x10\x00")
    layout = data.index(b"\x08\x00\x18\x00") + 8
    yield "layout_version", patched(data, layout, b"\x04")
    yield "layout_class", patched(data, layout + 1, b"\x02")
    yield "layout_outside", patched(data, layout + 2, number(len(data) - 23))
    yield "layout_size", patched(data, layout + 10, number(23))
    space = data.index(b"\x01\x00\x18\x00", layout - 200) + 8
    yield "space_version", patched(data, space, b"\x03")
    yield "space_side", patched(data, space + 8, number(5))
    yield "message_size", patched(data, space - 6, b"\xff\xff")
    levels = write(net({f"{i:02}": [] for i in range(12)}))
    for i in range(levels.count(b"TREE")):
        at = find(levels, b"TREE", i)
        if levels[at + 5] == 1:
            yield "tree_child_self", patched(levels, at + 32, number(at))
            break
    grown = write(growing)
    goes_on = grown.index(b"\x10\x00\x10\x00") + 8
    yield "continuation_self", patched(grown, goes_on,
                                       number(goes_on - 8) + number(24))
    yield "continuation_outside", patched(grown, goes_on, number(len(grown)))


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in [*good(), *refused(), *damaged()]:
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
