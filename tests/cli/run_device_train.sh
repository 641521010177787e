#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_device_train.sh DETECT_TRAIN DETECT_DATA
# A training has the same losses on a GPU as on the CPU, of one network of each
# kind of lessons, nearly so in bf16 and fp16, and goes on from a checkpoint of
# another device and precision.
set -u
train=$1 data=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

fail()
{
    echo "$*"
    failures=$((failures + 1))
}

# learn RUN DEVICE ARCH [OPTION...]: two steps
learn()
{
    run=$1 device=$2 arch=$3
    shift 3
    "$train" --device "$device" -q --no-progress --arch "$arch" \
        -o "$work/$run" \
        --data "$work/scenes/scenes.json" --images "$work/scenes/images" \
        --set iterations=2 --set batch=2 --set accumulate=2 --set threads=1 \
        --set warmup=0 --set save_every=1 --set keep=3 --set ema=0.9 \
        --set clip_norm=1 --set lr=0.01 --set min_scale=64 --set max_scale=64 \
        --set max_size=96 --set pre_nms=60 --set post_nms=20 \
        --set roi_batch=8 --set freeze=0 --set recompute_norms=2 \
        --set validate_every=1000 "$@" 2>"$work/err" ||
        fail "$run: $(cat "$work/err")"
}

# same RUN RUN [SHARE]: the last losses, gradients and rates, to 1e-3
same()
{
    checks=$((checks + 1)) share=${3:-1e-3}
    for run in "$1" "$2"; do
        tail -n 1 "$work/$run/metrics.jsonl" | tr ',{}' '\n\n\n' |
            grep -E '"(.*loss.*|gradient_norm|lr)":' | grep -v loss_scale \
            >"$work/$run.numbers"
    done
    [ -s "$work/$1.numbers" ] || fail "$1: no numbers"
    paste -d: "$work/$1.numbers" "$work/$2.numbers" | awk -F: -v share="$share" '
{
    apart = $2 > $4 ? $2 - $4 : $4 - $2
    if ($1 != $3 || apart > share * ($2 + 0.001)) {
        print $1 ": " $2 ", not " $4
        bad = 1
    }
}
END { exit bad }' || fail "$1 and $2 differ"
}

"$data" scenes --count=8 --size 96x80 -o "$work/scenes" 2>"$work/err" ||
    fail "$(cat "$work/err")"
# learn_both ARCH [OPTION...]
learn_both()
{
    both=$1
    shift
    learn "$both.cpu" cpu "$both" "$@"
    learn "$both.gpu" cuda "$both" "$@"
    same "$both.cpu" "$both.gpu"
}

# near PRECISION SHARE ARCH [OPTION...]: one step of one picture
near()
{
    precision=$1 share=$2 both=$3
    shift 3
    set -- "$@" --set iterations=1 --set batch=1 --set accumulate=1 \
        --set recompute_norms=0
    learn "$both.$precision.cpu" cpu "$both" "$@"
    learn "$both.$precision" cuda "$both" --precision "$precision" "$@"
    same "$both.$precision.cpu" "$both.$precision" "$share"
}

# What takes long on a GPU that is emulated takes one step, or one picture.
learn_both maskrcnn_resnet18_small
learn_both mnc_resnet18_c4_small --set iterations=1
learn_both localizer_resnet18_small --set batch=1
near bf16 0.05 maskrcnn_resnet18_small
near fp16 0.005 maskrcnn_resnet18_small
near fp16 0.005 mnc_resnet18_c4_small
near bf16 0.05 localizer_resnet18_small

# The true boxes as proposals, with scores.
{
    printf '['
    tr -d '\n' <"$work/scenes/scenes.json" | tr '{' '\n' | grep '"bbox"' |
        sed 's/"id":[0-9]*,//; s/"area".*/"score":0.5}/; s/^/{/; $!s/$/,/'
    printf ']'
} >"$work/proposals.json"
learn_both rescorer_resnet18_small --set batch=1 \
    --proposals="$work/proposals.json" --set crop=64
near fp16 0.005 rescorer_resnet18_small \
    --proposals="$work/proposals.json" --set crop=64

# Of two classes, in folders.
mkdir -p "$work/set/odd" "$work/set/even"
for i in 1 3 5 7; do
    cp "$work/scenes/images/scene-00000$i.jpg" "$work/set/odd"
    cp "$work/scenes/images/scene-00000$((i + 1)).jpg" "$work/set/even"
done
learn_both resnet20 --data="$work/set" --images="$work/set" --set batch=1 \
    --set crop=64
near bf16 0.05 resnet20 --data="$work/set" --images="$work/set" --set crop=64

# The scale of fp16 is told, and other precisions have none.
checks=$((checks + 1))
grep -q '"loss_scale":65536,"skipped_steps":0' \
    "$work/mnc_resnet18_c4_small.fp16/metrics.jsonl" ||
    fail "fp16: $(cat "$work/mnc_resnet18_c4_small.fp16/metrics.jsonl")"
checks=$((checks + 1))
! grep -q loss_scale "$work/resnet20.bf16/metrics.jsonl" || fail "bf16 scales"

# The CPU has floats.
checks=$((checks + 1))
"$train" --precision bf16 -q --arch resnet20 --data="$work/set" \
    -o "$work/refused" 2>"$work/err"
[ $? -eq 2 ] && grep -q -- '--precision is for GPUs' "$work/err" ||
    fail "the CPU in bf16: $(cat "$work/err")"

# go_on RUN FIRST SECOND PRECISION ARCH [OPTION...]: half the way on one device,
# the rest on the other, in that precision.  (Losses in the table are of the
# steps since the last row, so that all of these go on at the second.)
go_on()
{
    run=$1 first=$2 second=$3 precision=$4 arch=$5
    shift 5
    learn "$run" "$first" "$arch" --set batch=1 "$@"
    rm -f "$work/$run"/checkpoint-*2.safetensors "$work/$run/model.safetensors"
    "$train" --resume "$work/$run" --device "$second" -q --no-progress \
        --precision "$precision" 2>"$work/err" ||
        fail "$run: $(cat "$work/err")"
}
go_on cpu-cpu cpu cpu fp32 maskrcnn_resnet18_small
go_on cpu-cuda cpu cuda fp32 maskrcnn_resnet18_small
go_on cuda-cpu cuda cpu fp32 maskrcnn_resnet18_small
same cpu-cpu cpu-cuda
same cpu-cpu cuda-cpu
set -- resnet20 --data="$work/set" --images="$work/set" --set crop=64
go_on floats cpu cpu fp32 "$@"
go_on floats-bf16 cpu cuda bf16 "$@"
same floats floats-bf16 0.05

printf '%d checks, %d failures\n' "$checks" "$failures"
[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
