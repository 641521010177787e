#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_device_train.sh DETECT_TRAIN DETECT_DATA
# A training has the same losses on a GPU as on the CPU, of one network of each
# kind of lessons, and goes on from the other's checkpoint.
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

# same RUN RUN: the last losses, gradients and rates, to 1e-3
same()
{
    checks=$((checks + 1))
    for run in "$1" "$2"; do
        tail -n 1 "$work/$run/metrics.jsonl" | tr ',{}' '\n\n\n' |
            grep -E '"(.*loss.*|gradient_norm|lr)":' >"$work/$run.numbers"
    done
    [ -s "$work/$1.numbers" ] || fail "$1: no numbers"
    paste -d: "$work/$1.numbers" "$work/$2.numbers" | awk -F: '
{
    apart = $2 > $4 ? $2 - $4 : $4 - $2
    if ($1 != $3 || apart > 1e-3 * ($2 + 0.001)) {
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

# What takes long on a GPU that is emulated takes one step, or one picture.
learn_both maskrcnn_resnet18_small
learn_both mnc_resnet18_c4_small --set iterations=1
learn_both localizer_resnet18_small --set batch=1

# The true boxes as proposals, with scores.
{
    printf '['
    tr -d '\n' <"$work/scenes/scenes.json" | tr '{' '\n' | grep '"bbox"' |
        sed 's/"id":[0-9]*,//; s/"area".*/"score":0.5}/; s/^/{/; $!s/$/,/'
    printf ']'
} >"$work/proposals.json"
learn_both rescorer_resnet18_small --set batch=1 \
    --proposals="$work/proposals.json" --set crop=64

# Of two classes, in folders.
mkdir -p "$work/set/odd" "$work/set/even"
for i in 1 3 5 7; do
    cp "$work/scenes/images/scene-00000$i.jpg" "$work/set/odd"
    cp "$work/scenes/images/scene-00000$((i + 1)).jpg" "$work/set/even"
done
learn_both resnet20 --data="$work/set" --images="$work/set" --set batch=1 \
    --set crop=64

# Half the way on one device, the rest on the other.  (Losses in the table are
# of the steps since the last row, so that all of these go on at the second.)
for way in cpu:cpu cpu:cuda cuda:cpu; do
    first=${way%:*} second=${way#*:}
    run=$first-$second
    learn "$run" "$first" maskrcnn_resnet18_small --set batch=1
    rm -f "$work/$run"/checkpoint-*2.safetensors "$work/$run/model.safetensors"
    "$train" --resume "$work/$run" --device "$second" -q --no-progress \
        2>"$work/err" || fail "$run: $(cat "$work/err")"
done
same cpu-cpu cpu-cuda
same cpu-cpu cuda-cpu

printf '%d checks, %d failures\n' "$checks" "$failures"
[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
