#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_device.sh DETECT MAKE_MODEL
# What `detect --device cuda` says of a picture is what the CPU says, for one
# network of each kind and each way of testing.
set -u
detect=$1 make_model=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

# same MODEL OPTION...: as many detections, scores within 1e-4, boxes within
# 0.05 pixels, masks that overlap by 0.99 or are equal.
same()
{
    name="$*"
    checks=$((checks + 1))
    for device in cpu cuda; do
        "$detect" --device "$device" -m "$work/$1.safetensors" --format=csv \
            --threads=1 "$source/docs/scene.jpg" $2 \
            >"$work/$device.csv" 2>"$work/$device.err" || {
            echo "$name: $device: $(cat "$work/$device.err")"
            failures=$((failures + 1))
            return
        }
    done
    awk -F, -v name="$name" '
function apart(a, b)
{
    return a > b ? a - b : b - a
}
FNR == 1 { file++; columns = NF; next }
file == 1 { line[FNR] = $0; rows = FNR; next }
{
    seen++
    split(line[FNR], was, ",")
    for (i = 1; i <= columns; i++) {
        numbers = $i ~ /^-?[0-9.e-]+$/ && was[i] ~ /^-?[0-9.e-]+$/
        if (numbers ? apart($i, was[i]) > 0.05 + 1e-4 * apart($i, 0) \
                    : $i != was[i]) {
            printf "%s: row %d: %s, not %s\n", name, FNR, $0, line[FNR]
            bad++
            next
        }
    }
}
END {
    if (!seen || seen != rows - 1) {
        printf "%s: %d rows, not %d\n", name, seen, rows - 1
        bad++
    }
    exit bad > 0
}' "$work/cpu.csv" "$work/cuda.csv" || failures=$((failures + 1))
}

# model NAME ARCHITECTURE
model()
{
    "$make_model" "$2" 1 "$work/$1.safetensors" 5 64 || exit 1
}

small='--min-size=64 --max-size=96 --proposals=12 --max-detections=6'
model fpn maskrcnn_resnet18_fpn
model c4 maskrcnn_resnet18_c4_small
model mnc mnc_resnet18_c4_small
same fpn "$small"
same fpn "$small --refine=1 --scales=48,64"
same c4 "$small --refine=1"
same c4 "$small --scales=48,64"
same mnc "$small"

printf '%d checks, %d failures\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
