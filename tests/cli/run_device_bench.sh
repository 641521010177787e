#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_device_bench.sh DETECT_BENCH BENCH_CHECK MODEL
# `detect-bench --device cuda`: its numbers agree with each other in each
# precision, with stages, layers and what the device could do.
set -u
bench=$1 check=$2 model=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "$*"
    failures=$((failures + 1))
}

look()
{
    "$bench" -m "$model" --device=cuda --size=48x64 --proposals=10 \
        --max-detections=2 --repeat=1 --warmup=1 --no-progress "$@" \
        >"$work/out" 2>"$work/err" || fail "$*: $(cat "$work/err")"
}

for precision in fp32 tf32 bf16 fp16; do
    look --precision=$precision --layers --json
    "$check" <"$work/out" || fail "$precision: the JSON is wrong"
    grep -q "\"device\":\"cuda\",\"precision\":\"$precision\"" "$work/out" ||
        fail "$precision: another device or precision"
done
look
grep -Eq '^its limit +[0-9.]+ GFLOP/s \(products of large matrices\)$' \
    "$work/out" || fail "no limit in the table"

printf '%d failures\n' "$failures"
[ "$failures" -eq 0 ]
