#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/shapes.sh RUN [SETTING=VALUE...]
#
# The model in the box: Mask R-CNN from scratch on generated scenes.  RUN gets
# the scenes, too: 5,000 to learn from (seed 1), 300 to be judged by (seed 2).
# models/shapes.safetensors is RUN/run/model.safetensors in half precision.
# What comes out: models/README.md.
set -eu
run=$1
shift
programs=${BUILD:-build}/apps

[ -e "$run/run/run.txt" ] && exec "$programs/detect-train" --resume "$run/run"
mkdir -p "$run"
"$programs/detect-data" scenes --count 5000 --seed 1 -o "$run/train"
"$programs/detect-data" scenes --count 300 --seed 2 -o "$run/val"
set -- iterations=4400 batch=4 lr=0.02 schedule=cosine warmup=300 \
    warmup_factor=0.01 clip_norm=10 batch_norm=1 freeze=0 \
    crop=320 min_scale=320 max_scale=416 flip=0 jitter=0.2 \
    roi_batch=128 pre_nms=1000 post_nms=500 \
    test_min_size=384 test_max_size=640 \
    validate_every=1000 save_every=250 cache=2048 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
exec "$programs/detect-train" --arch maskrcnn_resnet18_small \
    --data "$run/train/scenes.json" --images "$run/train/images" \
    --val "$run/val/scenes.json" --val-images "$run/val/images" \
    -o "$run/run" "$@"
