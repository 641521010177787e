#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: on_gpu.sh PROBE TEST [PRECISION]
# A test of operators, of which each runs on the GPU, with maps and weights of
# bf16 or fp16, or floats multiplied as tf32, if it says so; skipped without one.
"$1" || exit $?
# One process for all checks: a GPU takes half a second to open.
DETECT_TEST_DEVICE=cuda DETECT_TEST_PRECISION=${3:-fp32} CK_FORK=${CK_FORK:-no} exec "$2"
