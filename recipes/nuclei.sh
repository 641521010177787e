#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/nuclei.sh NUCLEI_FOLDER RUN [SETTING=VALUE...]
#
# Mask R-CNN from scratch on microscopy photos (Data Science Bowl 2018, stage 1):
# train.json and train/, val.json and val/ in COCO's format, one class.
# Random squares of 320 from photos at a shorter side of 512 to 896, turned and
# mirrored; learned at that scale since half of the nuclei are smaller than 14
# pixels.  What comes out: docs/training.md, "Nuclei".
set -eu
data=$1 run=$2
shift 2
train=${BUILD:-build}/apps/detect-train

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- iterations=3600 batch=4 lr=0.02 schedule=cosine warmup=300 \
    warmup_factor=0.01 clip_norm=10 batch_norm=1 freeze=0 \
    crop=320 min_scale=512 max_scale=896 max_size=1600 \
    flip=1 flip_vertical=1 rotate=1 jitter=0.3 \
    roi_batch=128 pre_nms=1000 post_nms=500 \
    test_min_size=704 test_max_size=1333 \
    validate_every=1200 save_every=250 cache=2048 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
exec "$train" --arch maskrcnn_resnet18_small \
    --data "$data/train.json" --images "$data/train" \
    --val "$data/val.json" --val-images "$data/val" -o "$run" "$@"
