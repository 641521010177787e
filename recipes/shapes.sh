#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/shapes.sh RUN [SETTING=VALUE...]
#
# The model in the box: Mask R-CNN from scratch on generated scenes.  RUN gets
# the scenes, too: 12,000 to learn from (seed 1), 300 to be judged by (seed 2).
# First boxes and masks are found, then, with more and smaller pictures in a
# step, and in a third part more objects, the shapes are told apart; SETTINGs are
# of the third part.
# models/shapes.safetensors is RUN/run/model.safetensors in half precision:
#   detect-convert --half RUN/run/model.safetensors -o models/shapes.safetensors
# What comes out: models/README.md.
set -eu
run=$1
shift
programs=${BUILD:-build}/apps

# train FOLDER [OPTION...] SETTING...: begin, or go on after an interruption.
train()
{
    folder=$1
    shift
    if [ -e "$folder/run.txt" ]; then
        "$programs/detect-train" --resume "$folder"
        return
    fi
    "$programs/detect-train" --arch maskrcnn_resnet18_small \
        --data "$run/train/scenes.json" --images "$run/train/images" \
        --val "$run/val/scenes.json" --val-images "$run/val/images" \
        -o "$folder" "$@" \
        --set schedule=cosine --set warmup_factor=0.01 --set clip_norm=10 \
        --set batch_norm=1 --set freeze=0 --set flip=0 --set jitter=0.2 \
        --set save_every=250 --set cache=4096
}

mkdir -p "$run"
[ -e "$run/train/scenes.json" ] ||
    "$programs/detect-data" scenes --count 12000 --seed 1 -o "$run/train"
[ -e "$run/val/scenes.json" ] ||
    "$programs/detect-data" scenes --count 300 --seed 2 -o "$run/val"

[ -e "$run/first/model.safetensors" ] ||
    train "$run/first" --set iterations=4400 --set batch=4 --set lr=0.02 \
        --set warmup=300 --set crop=320 --set min_scale=320 \
        --set max_scale=416 --set test_min_size=384 --set test_max_size=640 \
        --set roi_batch=128 --set pre_nms=1000 --set post_nms=500 \
        --set validate_every=2000

# smaller FOLDER OPTION...
smaller()
{
    folder=$1
    shift
    train "$folder" --set batch=8 --set lr=0.03 --set warmup=100 \
        --set ema=0.999 --set crop=256 --set min_scale=224 --set max_scale=352 \
        --set test_min_size=368 --set test_max_size=640 --set roi_batch=64 \
        --set pre_nms=600 --set post_nms=300 --set validate_every=1500 "$@"
}

[ -e "$run/second/model.safetensors" ] ||
    smaller "$run/second" --init "$run/first/model.safetensors" \
        --set iterations=6100

for setting; do
    set -- "$@" --set "$setting"
    shift
done
smaller "$run/run" --init "$run/second/model.safetensors" --set seed=2 \
    --set iterations=4000 --set roi_positive=0.5 "$@"
