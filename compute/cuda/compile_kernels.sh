#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: compile_kernels.sh REPORT NVCC ARGUMENT...
# nvcc, with what its assembler says of each kernel (registers, shared memory,
# spills) in REPORT instead of among the build's lines.
report=$1
shift
"$@" -Xptxas -v 2>"$report" && exit
grep -v '^ptxas info' "$report" >&2
exit 1
