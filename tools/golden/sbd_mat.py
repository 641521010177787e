#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A MAT-file in the form of the Semantic Boundaries Dataset, written by scipy,
for tests/test_mat_file.c.

    python3 tools/golden/sbd_mat.py > tests/golden/sbd_mat.h

Needs numpy and scipy; the header in the repository was made with scipy 1.17.1.
"""
import io
import re

import numpy as np
import scipy.io
import scipy.sparse

PICTURE = """
1 1 1 0 0 0 0
1 1 1 0 0 2 2
0 0 0 0 0 2 2
4 4 4 4 4 4 4
0 0 0 0 0 0 4
"""


def picture(kind):
    return np.array([[int(x) for x in line.split()]
                     for line in PICTURE.strip().split("\n")], dtype=kind)


def boundaries(labels, count):
    cells = np.empty((count, 1), dtype=object)
    for i in range(count):
        cells[i, 0] = scipy.sparse.csc_matrix((labels == i + 1).astype(float))
    return cells


def write(name):
    labels = picture(np.uint8)
    file = io.BytesIO()
    scipy.io.savemat(file, {
        "before": np.arange(3.0),
        "GTinst": {
            "Segmentation": labels,
            "Boundaries": boundaries(labels, 4),
            "Categories": np.array([[15], [7], [20], [1]], dtype=float),
        },
    }, do_compression=True)
    # The date of writing and the platform are no part of the test.
    data = re.sub(rb"^.{116}", b"MATLAB 5.0 MAT-file".ljust(116),
                  file.getvalue(), flags=re.DOTALL)
    print(f"static const uint8_t {name}[] = {{")
    for at in range(0, len(data), 13):
        print("    " + " ".join(f"0x{b:02x}," for b in data[at:at + 13]))
    print("};")


print("/* SPDX-License-Identifier: MIT */")
print("/* Made by tools/golden/sbd_mat.py. */")
write("sbd_packed")
