#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_device.sh DETECT MAKE_MODEL
# What `detect --device cuda` says of a picture is what the CPU says, for one
# network of each kind and each way of testing, and nearly so in bf16 and fp16.
set -u
detect=$1 make_model=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

# look FORMAT NAME DEVICE MODEL OPTIONS: detections to DEVICE.FORMAT.
look()
{
    format=$1
    shift
    "$detect" --device "$2" -m "$work/$3.safetensors" --format="$format" \
        --threads=1 "$source/docs/scene.jpg" $4 \
        >"$work/$2.$format" 2>"$work/$2.err" && return
    echo "$1: $2: $(cat "$work/$2.err")"
    failures=$((failures + 1))
    return 1
}

# same MODEL MASKS OPTIONS: as many detections, scores within 1e-4, boxes within
# 0.05 pixels, masks that overlap by 0.99; MASKS of them have pixels.
same()
{
    name="$*"
    checks=$((checks + 1))
    look coco "$name" cpu "$1" "$3" && look coco "$name" cuda "$1" "$3" ||
        return
    awk -v name="$name" -v masks="$2" '
BEGIN {
    for (i = 48; i < 112; i++)
        code[sprintf("%c", i)] = i - 48
}
function apart(a, b)
{
    return a > b ? a - b : b - a
}
# The numbers of a line before its mask, and how many.
function numbers(line, out)
{
    sub(/"segmentation".*/, "", line)
    gsub(/"[a-z_]*"/, "", line)
    gsub(/[^-+.e0-9]+/, " ", line)
    return split(line, out, " ")
}
# The runs of its mask, from 0, and how many (geometry/rle_text.c).
function runs(line, out,    i, n, group, digit, scale)
{
    if (!sub(/.*"counts":"/, "", line))
        return 0
    sub(/".*/, "", line)
    gsub(/\\\\/, "\\", line)
    for (i = 1; i <= length(line); n++) {
        out[n + 0] = 0
        scale = 1
        do {
            group = code[substr(line, i++, 1)]
            digit = group % 32
            out[n + 0] += digit * scale
            scale *= 32
        } while (group >= 32)
        if (digit >= 16)
            out[n + 0] -= scale
        if (n > 2)
            out[n] += out[n - 2]
    }
    return n
}
# Pixels of both masks in parts of those of either; `either` counts those.
function overlap(a, n, b, m,    i, j, left, more, step, both)
{
    i = j = both = either = 0
    left = a[0]
    more = b[0]
    while (i < n && j < m) {
        step = left < more ? left : more
        both += step * (i % 2 && j % 2)
        either += step * (i % 2 || j % 2)
        if (!(left -= step))
            left = a[++i]
        if (!(more -= step))
            more = b[++j]
    }
    return either ? both / either : 1
}
/^{/ && FNR == NR { line[++rows] = $0 }
/^{/ && FNR != NR {
    seen++
    n = numbers($0, here)
    wrong = n != numbers(line[seen], was) || n < 7
    for (i = 1; i <= n; i++)
        wrong += apart(here[i], was[i]) > 0.05 + 1e-4 * apart(here[i], 0)
    wrong += apart(here[n], was[n]) > 1e-4
    n = runs($0, one)
    m = runs(line[seen], other)
    if (wrong || !n != !m || overlap(one, n, other, m) < 0.99) {
        printf "%s: number %d: %s, not %s\n", name, seen, $0, line[seen]
        bad++
    }
    drawn += either > 0
}
END {
    if (!seen || seen != rows || drawn < masks) {
        printf "%s: %d found, not %d; %d have pixels\n", name, seen, rows, drawn
        bad++
    }
    exit bad > 0
}' "$work/cpu.coco" "$work/cuda.coco" || failures=$((failures + 1))
}

# near PRECISION MODEL LOST OPTIONS: the CPU's detections have a like one: of
# its class, a score within 0.02, and boxes that overlap by 0.8.  All but LOST
# of them: the boxes of random weights are as good as each other, and which of
# two is kept is a matter of the last digits.
near()
{
    name="$*"
    checks=$((checks + 1))
    look csv "$name" cpu "$2" "$4" &&
        look csv "$name" cuda "$2" "$4 --precision=$1" || return
    awk -F, -v name="$name" -v lost="$3" '
function least(a, b)
{
    return a < b ? a : b
}
function most(a, b)
{
    return a > b ? a : b
}
function area(a)
{
    return (a[3] - a[1]) * (a[4] - a[2])
}
function overlap(a, b)
{
    w = least(a[3], b[3]) - most(a[1], b[1])
    h = least(a[4], b[4]) - most(a[2], b[2])
    both = w > 0 && h > 0 ? w * h : 0
    return both / (area(a) + area(b) - both)
}
FNR == 1 { file++; next }
file == 1 { line[FNR] = $0; seen++; next }
{
    split($0, here, ",")
    for (i in line) {
        split(line[i], was, ",")
        apart = here[6] - was[6]
        if (here[5] == was[5] && apart * apart <= 0.02 * 0.02 &&
            overlap(here, was) >= 0.8)
            found[i] = 1
    }
}
END {
    for (i in found)
        missing--
    missing += seen
    if (!seen || missing > lost)
        printf "%s: %d of %d are not there\n", name, missing, seen
    exit !seen || missing > lost
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
same fpn 6 "$small"
same fpn 6 "$small --refine=1 --scales=48,64"
same c4 6 "$small --refine=1"
same c4 6 "$small --scales=48,64"
same mnc 6 "$small"

cp "$source/models/shapes.safetensors" "$work/box.safetensors"
for precision in bf16 fp16; do
    near $precision fpn 1 "$small"
    near $precision c4 1 "$small"
    near $precision mnc 8 \
        '--min-size=64 --max-size=96 --proposals=40 --max-detections=20'
    near $precision box 0 \
        '--min-size=128 --max-size=192 --score-threshold=0.3'
done

printf '%d checks, %d failures\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
