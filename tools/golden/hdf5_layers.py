#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A .caffemodel.h5 of 200 layers, so many that the B-tree of the group "data"
has two levels, for tests/test_weights_hdf5.c.

    python3 tools/golden/hdf5_layers.py > tests/golden/hdf5_layers.h

Needs h5py; the header in the repository was made with h5py 3.13 and HDF5
1.14.6.  The file is 179 kB of the same again and again: it is deflated.
"""
import os
import tempfile
import zlib

import h5py
import numpy as np

LAYERS = 200


def write(path):
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        for i in range(LAYERS):
            layer = data.create_group(f"layer{i:03}")
            if i % 10 == 0:
                layer.create_dataset("0", data=np.float32([i, i + 0.5]))


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "layers.caffemodel.h5")
    write(path)
    with open(path, "rb") as made:
        file = made.read()
packed = zlib.compress(file, 9)
print("/* SPDX-License-Identifier: MIT */")
print("/* Made by tools/golden/hdf5_layers.py. */")
print(f"enum {{ HDF5_LAYERS = {LAYERS}, HDF5_LAYERS_SIZE = {len(file)} }};")
print()
print("static const uint8_t hdf5_layers[] = {")
for at in range(0, len(packed), 13):
    print("    " + " ".join(f"0x{b:02x}," for b in packed[at:at + 13]))
print("};")
