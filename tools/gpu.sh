#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/gpu.sh [-q] [-s STEP,...] [OUT]
#
# All that a machine with a GPU is needed for, in one go: each step's output is
# in OUT/STEP.txt ("gpu-results"), and how long each took in OUT/times.txt.  A
# step that lacks what it needs says so in a line that begins with "skipped".
# Ends with 1 when a step failed, and goes on to the end all the same.
#
#   -s    only these steps (see below), in this order
#   -q    small sizes, few rounds: whether the script works, as on an emulated
#         GPU (BUILD=build-emulated sh tools/gpu.sh -q)
#
# BUILD is the build folder ("build-gpu"), LIMIT the seconds of a step (570),
# PYTHON the one that has torch.
set -u
cd "$(dirname "$0")/.." || exit 2
steps='card build spills operators networks parity precisions trainings
    stages layers versus-mask-1-eager versus-mask-8-eager
    versus-mask-1-compiled versus-mask-8-compiled versus-c4-1-eager
    versus-c4-8-eager versus-c4-1-compiled versus-c4-8-compiled
    versus-training memcheck racecheck initcheck'
quick=0
while getopts qs: option; do
    case $option in
    q) quick=1 ;;
    s) steps=$(printf '%s' "$OPTARG" | tr ',' ' ') ;;
    *)
        sed -n '3,16s/^# \{0,1\}//p' tools/gpu.sh >&2
        exit 2
        ;;
    esac
done
shift $((OPTIND - 1))
out=${1:-gpu-results}
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
export QUICK=$quick BUILD="${BUILD:-build-gpu}" OUT="$out"
failures=0

# Its output also says why it was not done, or that it took too long.
for step in $steps; do
    printf '%-22s ' "$step"
    begin=$(date +%s)
    timeout -k 10 "${LIMIT:-570}" sh tools/gpu_step.sh "$step" \
        >"$out/$step.txt" 2>&1
    code=$?
    seconds=$(($(date +%s) - begin))
    case $code in
    0) result='done' ;;
    77) result=$(grep '^skipped' "$out/$step.txt" | tail -n 1) ;;
    124 | 137) result="FAILED: more than ${LIMIT:-570} s ($out/$step.txt)" ;;
    *) result="FAILED ($out/$step.txt)" ;;
    esac
    case $result in FAILED*) failures=$((failures + 1)) ;; esac
    printf '%5d s  %s\n' "$seconds" "$result"
    printf '%s\t%d s\t%s\n' "$step" "$seconds" "$result" >>"$out/times.txt"
done
exit $((failures > 0))
