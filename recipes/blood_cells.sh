#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/blood_cells.sh BCCD_FOLDER RUN [SETTING=VALUE...]
#
# Faster R-CNN from scratch on blood cells (BCCD): PASCAL VOC's folders, three
# classes.  Learned on the list "trainval", judged on "test":
#   detect-eval -a BCCD_FOLDER --list=test --images BCCD_FOLDER/JPEGImages \
#       -m RUN/model.safetensors --rules=voc2012
# What comes out: docs/training.md, "Blood cells".
set -eu
data=$1 run=$2
shift 2
train=${BUILD:-build}/apps/detect-train

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- iterations=2400 batch=4 lr=0.02 schedule=cosine warmup=300 \
    warmup_factor=0.01 clip_norm=10 batch_norm=1 freeze=0 \
    crop=320 min_scale=320 max_scale=480 max_size=800 \
    flip=1 flip_vertical=1 rotate=1 jitter=0.3 \
    roi_batch=128 pre_nms=1000 post_nms=500 \
    test_min_size=400 test_max_size=800 save_every=250 cache=2048 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
exec "$train" --arch fasterrcnn_resnet18_small --data "$data" --list trainval \
    --images "$data/JPEGImages" -o "$run" "$@"
