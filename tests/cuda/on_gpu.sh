#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: on_gpu.sh PROBE TEST
# A test of operators, of which each runs on the GPU; skipped without one.
"$1" || exit $?
# One process for all checks: a GPU takes half a second to open.
DETECT_TEST_DEVICE=cuda CK_FORK=${CK_FORK:-no} exec "$2"
