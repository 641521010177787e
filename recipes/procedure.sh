#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/procedure.sh BCCD_FOLDER NUCLEI_FOLDER RUN
#
# Small C4 networks for a table like table 9 of He et al. 2015, from random
# weights.  On blood cells (list "train", judged on "val"): RUN/plain, a Faster
# R-CNN; from its weights RUN/context, with global context and fixed statistics
# of norms, and RUN/second, of another seed, for an ensemble.  On nuclei:
# RUN/masks, a Mask R-CNN; from its weights RUN/masks_context and, of another
# seed, RUN/masks_second; from its backbone RUN/cascade, a network cascade.
# The runs named *_longer are those rows with more steps, and RUN/plain_longer is
# what as many steps give without context.
# Each goes on where it was interrupted.
# How they are judged, and what comes out: docs/procedure.md.
set -eu
bccd=$1 nuclei=$2 run=$3
train=${BUILD:-build}/apps/detect-train

# learn NAME ARCH SETTINGS OPTION...: SETTINGS are words NAME=VALUE
learn()
{
    name=$1 arch=$2 settings=$3
    shift 3
    [ -e "$run/$name/model.safetensors" ] && return
    if [ -e "$run/$name/run.txt" ]; then
        "$train" --resume "$run/$name"
        return
    fi
    for setting in batch=4 schedule=cosine warmup=200 warmup_factor=0.01 \
        clip_norm=10 batch_norm=1 freeze=0 ema=0.998 threads=1 \
        flip=1 flip_vertical=1 rotate=1 jitter=0.3 crop=256 \
        roi_batch=24 roi_positive=0.5 pre_nms=1000 post_nms=300 \
        save_every=200 validate_every=100000 cache=2048 $settings; do
        set -- "$@" --set "$setting"
    done
    "$train" --arch "$arch" -o "$run/$name" "$@"
}

# cells NAME SETTINGS OPTION...
cells()
{
    name=$1 settings=$2
    shift 2
    learn "$name" fasterrcnn_resnet18_c4_small \
        "min_scale=288 max_scale=448 test_min_size=368 test_max_size=800 \
        $settings" --data "$bccd" --list train --images "$bccd/JPEGImages" "$@"
}

# nuclei NAME ARCH SETTINGS OPTION...
nuclei()
{
    name=$1 arch=$2 settings=$3
    shift 3
    learn "$name" "$arch" "min_scale=448 max_scale=640 max_size=1400 \
        test_min_size=544 test_max_size=1200 $settings" \
        --data "$nuclei/train.json" --images "$nuclei/train" "$@"
}

mkdir -p "$run"
cells plain "iterations=1200 lr=0.02"
cells context "iterations=500 lr=0.01 seed=2 batch_norm=0 context=1" \
    --init "$run/plain/model.safetensors"
cells second "iterations=500 lr=0.01 seed=3" \
    --init "$run/plain/model.safetensors"
nuclei masks maskrcnn_resnet18_c4_small "iterations=1000 lr=0.02"
nuclei masks_context maskrcnn_resnet18_c4_small \
    "iterations=500 lr=0.01 seed=2 batch_norm=0 context=1" \
    --init "$run/masks/model.safetensors"
nuclei masks_second maskrcnn_resnet18_c4_small \
    "iterations=500 lr=0.01 seed=3" --init "$run/masks/model.safetensors"
nuclei cascade mnc_resnet18_c4_small "iterations=500 lr=0.01 seed=2" \
    --init "$run/masks/model.safetensors"
cells context_longer "iterations=2000 lr=0.01 seed=2 batch_norm=0 context=1" \
    --init "$run/plain/model.safetensors"
cells plain_longer "iterations=2000 lr=0.01 seed=2 batch_norm=0" \
    --init "$run/plain/model.safetensors"
nuclei cascade_longer mnc_resnet18_c4_small "iterations=1000 lr=0.01 seed=5" \
    --init "$run/cascade/model.safetensors"
