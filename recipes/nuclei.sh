#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/nuclei.sh NUCLEI_FOLDER RUN [SETTING=VALUE...]
#
# Mask R-CNN from scratch on microscopy photos (Data Science Bowl 2018, stage 1):
# train.json and train/, val.json and val/ in COCO's format, one class.
# Random squares of 320, turned and mirrored, in five parts, each from the last
# one's weights.  RUN/first: photos at a shorter side of 512 to 896, since half of
# the nuclei are smaller than 14 pixels.  RUN/second and RUN/third: up to 1152 and
# 1280, with averages of the weights.  RUN/fourth and RUN/run: with the norms'
# statistics fixed, as the network is used; those of 4 crops, some of stained
# tissue and some of lights in the dark, are not.  SETTINGs are of the last part.
# What comes out: docs/training.md, "Nuclei".
set -eu
data=$1 run=$2
shift 2
train=${BUILD:-build}/apps/detect-train

# learn FOLDER OPTION...
learn()
{
    folder=$1
    shift
    if [ -e "$folder/run.txt" ]; then
        "$train" --resume "$folder"
        return
    fi
    "$train" --arch maskrcnn_resnet18_small \
        --data "$data/train.json" --images "$data/train" \
        --val "$data/val.json" --val-images "$data/val" -o "$folder" \
        --set batch=4 --set schedule=cosine --set warmup_factor=0.01 \
        --set clip_norm=10 --set batch_norm=1 --set freeze=0 --set crop=320 \
        --set flip=1 --set flip_vertical=1 --set rotate=1 --set jitter=0.3 \
        --set roi_batch=128 --set pre_nms=1000 --set post_nms=500 \
        --set save_every=200 --set cache=2048 "$@"
}

mkdir -p "$run"
[ -e "$run/first/model.safetensors" ] ||
    learn "$run/first" --set iterations=3600 --set lr=0.02 --set warmup=300 \
        --set min_scale=512 --set max_scale=896 --set max_size=1600 \
        --set test_min_size=704 --set test_max_size=1333 \
        --set validate_every=1200

# larger FOLDER OPTION...
larger()
{
    folder=$1
    shift
    learn "$folder" --set ema=0.999 --set min_scale=576 \
        --set roi_positive=0.5 --set test_max_size=1600 \
        --set validate_every=100000 "$@"
}

# largest FOLDER OPTION...
largest()
{
    folder=$1
    shift
    larger "$folder" --set warmup=50 --set jitter=0.4 --set max_scale=1280 \
        --set max_size=2200 --set test_min_size=928 "$@"
}

# fixed FOLDER OPTION...
fixed()
{
    folder=$1
    shift
    largest "$folder" --set batch_norm=0 --set min_scale=512 --set lr=0.01 "$@"
}

[ -e "$run/second/model.safetensors" ] ||
    larger "$run/second" --init "$run/first/model.safetensors" --set seed=2 \
        --set iterations=1600 --set lr=0.015 --set warmup=100 \
        --set max_scale=1152 --set max_size=2000 --set test_min_size=896

[ -e "$run/third/model.safetensors" ] ||
    largest "$run/third" --init "$run/second/model.safetensors" --set seed=3 \
        --set iterations=1400 --set lr=0.012

[ -e "$run/fourth/model.safetensors" ] ||
    fixed "$run/fourth" --init "$run/third/model.safetensors" --set seed=4 \
        --set iterations=3200

for setting; do
    set -- "$@" --set "$setting"
    shift
done
fixed "$run/run" --init "$run/fourth/model.safetensors" --set seed=5 \
    --set iterations=2400 --set test_max_size=1900 "$@"
