#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: make_corpus_caffemodel.py FOLDER

Seeds for fuzz_caffemodel: small files of every form that Caffe has written,
and such as no program writes.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "parity"))
import caffe_file as caffe  # noqa: E402

SIX = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def good():
    plain = caffe.floats(5, SIX) + caffe.shape([2, 3])
    bias = caffe.floats(5, [0.5, -0.5]) + caffe.shape([2])
    yield "layer", caffe.net("net", [
        caffe.layer("data", "Input", []),
        caffe.layer("conv1", "Convolution", [plain, bias])])
    old = caffe.old_shape([1, 1, 2, 3]) + caffe.floats(5, SIX)
    yield "layers", caffe.net("net", [
        caffe.layer_v1("fc6", 14, [old, caffe.old_shape([2]) +
                                   caffe.floats(5, [0.5, -0.5])])])
    yield "single", caffe.net("", [caffe.layer("a/b", "Scale", [
        caffe.single_floats(5, SIX) + caffe.single_sides([2, 3])])])
    yield "double", caffe.net("net", [caffe.layer("a", "Scale", [
        caffe.doubles(8, SIX) + caffe.shape([6])])])
    yield "single_double", caffe.net("net", [caffe.layer("a", "Scale", [
        caffe.single_doubles(8, SIX) + caffe.shape([3, 2])])])
    yield "pieces", caffe.net("net", [caffe.layer("a", "Scale", [
        caffe.floats(5, SIX[:4]) + caffe.shape([2, 3]) +
        caffe.floats(6, SIX) + caffe.single_floats(5, SIX[4:])])])
    yield "name_last", caffe.message(100, caffe.message(7, plain) +
                                     caffe.text(1, "late"))
    yield "scalar", caffe.net("net", [
        caffe.layer("a", "Scale", [caffe.floats(5, [7.0])])])
    yield "norm", caffe.net("net", [
        caffe.layer("conv1", "Convolution", [
            caffe.floats(5, [1.0, 2.0]) + caffe.shape([2, 1, 1, 1]),
            caffe.floats(5, [3.0, 1.0]) + caffe.shape([2])]),
        caffe.layer("bn_conv1", "BatchNorm", [
            caffe.floats(5, [2.0, -4.0]) + caffe.shape([2]),
            caffe.floats(5, [8.0, 1.0]) + caffe.shape([2]),
            caffe.floats(5, [4.0]) + caffe.shape([1])]),
        caffe.layer("scale_conv1", "Scale", [
            caffe.floats(5, [5.0, 6.0]) + caffe.shape([2]),
            caffe.floats(5, [7.0, 8.0]) + caffe.shape([2])])])
    yield "heads", caffe.net("net", [
        caffe.layer("rpn_cls_score", "Convolution", [
            caffe.floats(5, SIX[:4]) + caffe.shape([2, 2, 1, 1]),
            caffe.floats(5, [1.0, 2.0]) + caffe.shape([2])]),
        caffe.layer("cls_score", "InnerProduct", [
            caffe.floats(5, SIX) + caffe.shape([2, 3]),
            caffe.floats(5, [1.0, 2.0]) + caffe.shape([2])])])
    yield "maps", caffe.net("net", [
        caffe.layer_v1("fc7", 14, [
            caffe.old_shape([2, 3]) + caffe.floats(5, SIX),
            caffe.old_shape([2]) + caffe.floats(5, [1.0, 2.0])])])
    yield "mean", caffe.old_shape([1, 3, 1, 2]) + caffe.floats(5, SIX)
    yield "mean_shape", caffe.floats(5, SIX) + caffe.shape([1, 3, 1, 2])


def bad():
    def one(blob):
        return caffe.net("net", [caffe.layer("a", "Scale", [blob])])
    yield "no_blobs", caffe.net("net", [caffe.layer("a", "ReLU", [])])
    yield "count", one(caffe.floats(5, SIX) + caffe.shape([2, 2]))
    yield "no_data", one(caffe.shape([2, 3]))
    yield "rank", one(caffe.floats(5, [1.0]) + caffe.shape([1] * 9))
    yield "product", one(caffe.floats(5, SIX) + caffe.shape([1 << 30] * 4))
    yield "product_zero", one(caffe.floats(5, []) +
                              caffe.shape([1 << 30] * 3 + [0]))
    yield "negative", one(caffe.floats(5, SIX) + caffe.shape([-2, -3]))
    yield "halves", one(caffe.message(5, b"\0" * 6) + caffe.shape([3]))
    yield "two_gigabytes", caffe.text(1, "net") + b"\xa2\x06" + caffe.varint(
        1 << 31) + b"\x0a\x01a"
    yield "exabytes", caffe.text(1, "net") + b"\xa2\x06" + caffe.varint(
        (1 << 64) - 1)
    yield "endless", caffe.text(1, "net") + b"\xa2\x06\x0b" + b"\xff" * 11
    yield "group", caffe.text(1, "net") + b"\xa2\x06\x02\x3b\x3c"
    yield "wire", caffe.text(1, "net") + b"\xa2\x06\x01\x3e"
    yield "field_zero", caffe.text(1, "net") + b"\xa2\x06\x02\x00\x00"
    yield "layer_number", caffe.text(1, "net") + b"\xa0\x06\x05"
    yield "zero_in_name", caffe.net("net", [
        caffe.layer("a\0b", "Scale", [caffe.floats(5, [7.0])])])
    yield "long_name", caffe.net("net", [
        caffe.layer("a" * 201, "Scale", [caffe.floats(5, [7.0])])])
    deep = b""
    for _ in range(200):
        deep = caffe.message(7, deep)
    yield "deep", caffe.net("net", [caffe.message(100, deep)])


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in [*good(), *bad()]:
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
