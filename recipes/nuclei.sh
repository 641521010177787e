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
# statistics fixed, as the network is used: four fifths of the photos are dark, the
# rest bright, and 4 crops say little of both.  SETTINGs are of the last part.
# What comes out: docs/training.md, "Nuclei".
set -eu
data=$1 run=$2
shift 2
train=${BUILD:-build}/apps/detect-train

# What parts have in common, each list with the one before it; later ones win.
all='batch=4 schedule=cosine warmup_factor=0.01 clip_norm=10 batch_norm=1 freeze=0
    crop=320 flip=1 flip_vertical=1 rotate=1 jitter=0.3
    roi_batch=128 pre_nms=1000 post_nms=500 save_every=200 cache=2048'
larger="$all ema=0.999 min_scale=576 roi_positive=0.5 test_max_size=1600
    validate_every=100000"
largest="$larger warmup=50 jitter=0.4 max_scale=1280 max_size=2200
    test_min_size=928"
fixed="$largest batch_norm=0 min_scale=512 lr=0.01"

# learn FOLDER INIT SETTING=VALUE...: INIT is a part, or none
learn()
{
    folder=$1 init=$2
    shift 2
    if [ -e "$folder/run.txt" ]; then
        "$train" --resume "$folder"
        return
    fi
    for setting; do
        set -- "$@" --set "$setting"
        shift
    done
    [ "$init" = none ] || set -- --init "$run/$init/model.safetensors" "$@"
    "$train" --arch maskrcnn_resnet18_small \
        --data "$data/train.json" --images "$data/train" \
        --val "$data/val.json" --val-images "$data/val" -o "$folder" "$@"
}

# part NAME INIT SETTING=VALUE...: unless it is there
part()
{
    name=$1
    shift
    [ -e "$run/$name/model.safetensors" ] || learn "$run/$name" "$@"
}

mkdir -p "$run"
part first none $all iterations=3600 lr=0.02 warmup=300 \
    min_scale=512 max_scale=896 max_size=1600 \
    test_min_size=704 test_max_size=1333 validate_every=1200
part second first $larger seed=2 iterations=1600 lr=0.015 warmup=100 \
    max_scale=1152 max_size=2000 test_min_size=896
part third second $largest seed=3 iterations=1400 lr=0.012
part fourth third $fixed seed=4 iterations=3200
learn "$run/run" fourth $fixed seed=5 iterations=2400 test_max_size=1900 "$@"
