#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/imagenet.sh ARCH IMAGENET_FOLDER RUN [SETTING=VALUE...]
#
# ARCH: plain18, plain34, resnet18, resnet34, resnet50, resnet101, resnet152, and
# for shortcuts of option A and C resnet34_a, resnet34_c.
# IMAGENET_FOLDER: train/CLASS/*.JPEG and val/CLASS/*.JPEG of ILSVRC 2012.
# The nets of He et al. 2015, section 3.4: a shorter side of 256 to 480, crops of
# 224, mirrored, colours along ImageNet's components; 600,000 steps of 256
# images, a rate of 0.1, momentum 0.9, weight decay 0.0001.  A step is made of 8
# batches of 32, of which each has its own statistics of batch norm, as on 8
# GPUs.  The rate falls "when the error plateaus", in figure 4 after 150,000 and
# 300,000 steps; here again after 450,000.
# An interrupted run goes on when the same command is given again.
# Judged by the middle, by ten windows, and fully convolutionally at the shorter
# sides 224, 256, 384, 480, 640:
#   detect-eval --data IMAGENET_FOLDER --list val --task top1,top5 \
#       -m RUN/model.safetensors --views center|ten|full
# The paper's errors, and ours beside them: tools/reproduce.sh imagenet.
set -eu
arch=$1 data=$2 run=$3
shift 3
train=${BUILD:-build}/apps/detect-train

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- iterations=600000 batch=32 accumulate=8 \
    lr=0.1 schedule=steps milestones=0.25,0.5,0.75 gamma=0.1 warmup=0 \
    momentum=0.9 weight_decay=0.0001 min_scale=256 max_scale=480 flip=1 pca=1 \
    save_every=1000 validate_every=5000 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
exec "$train" --arch "$arch" --data "$data" --list train \
    --val "$data" --val-list val -o "$run" "$@"
