#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: make_corpus_pickle.py FOLDER

Seeds for fuzz_pickle: small weight files of every container, good and bad.
Needs python3-torch and python3-numpy.
"""
import argparse
import collections
import io
import os
import pickle
import sys
import zipfile

import numpy
import torch


def torch_file(value, new=True):
    out = io.BytesIO()
    torch.save(value, out, _use_new_zipfile_serialization=new)
    return out.getvalue()


def deflated(data):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, old.read(item))
    return out.getvalue()


def with_entry(data, name, content):
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def seeds():
    base = torch.arange(6, dtype=torch.float32)
    state = collections.OrderedDict(
        a=base.reshape(2, 3), b=base.reshape(2, 3).t(), c=base[2:4],
        half=base.half(), bf16=base.bfloat16(), count=torch.tensor(7),
        empty=torch.zeros(0, 3), mask=base > 2,
        parameter=torch.nn.Parameter(base))
    small = {"w": torch.ones(2)}
    yield "zip", torch_file(state)
    yield "legacy", torch_file(state, new=False)
    yield "zip_small", torch_file(small)
    yield "legacy_small", torch_file(small, new=False)
    yield "zip_deflated", deflated(torch_file(small))
    yield "zip_big_endian", with_entry(torch_file(small),
                                       "archive/byteorder", b"big")
    yield "zip_script", with_entry(torch_file(small),
                                   "archive/constants.pkl", b"\x80\x02).")
    yield "checkpoint", torch_file(
        {"model": small, "epoch": 3, "args": argparse.Namespace(lr=0.1)},
        new=False)
    yield "optimizer", torch_file(
        {"state_dict": small, "milestones": collections.Counter([3, 3, 5]),
         "groups": [{"lr": 1e-3, "betas": (0.9, 0.999)}]}, new=False)
    yield "not_a_dict", torch_file([torch.ones(1)], new=False)
    arrays = {"c": numpy.ones((2, 3), "f4"),
              "f": numpy.asfortranarray(numpy.ones((2, 3), "f8")),
              "h": numpy.float16([1, 2]), "i": numpy.int64([3]),
              "scalar": numpy.float32(2)}
    for protocol in range(2, 6):
        yield f"numpy{protocol}", pickle.dumps(
            {"model": arrays, "__author__": "x"}, protocol)
    yield "big_endian", pickle.dumps({"a": numpy.ones(2, ">f4")}, 2)
    yield "values", pickle.dumps(
        {"t": (1, 2.5, None, True, -1, 1 << 40, 1 << 80, b"x", "é", {1, 2},
               [[], {}, ()])}, 4)
    yield "system", b"\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00lsq\x01\x85R."
    yield "evaluate", (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011"
                       b"\x85R.")
    yield "itself", b"\x80\x02]q\x00h\x00a}X\x01\x00\x00\x00ah\x00s0."
    yield "memo", b"\x80\x02}r\xff\xff\xff\x7f."
    yield "depth", b"\x80\x02" + b"(" * 999 + b"."
    yield "python2", (b"\x80\x02}q\x01(U\x05blobsq\x02}q\x03U\x01aI12\ns"
                      b"U\x01bI01\nsu.")


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
