#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/cifar.sh ARCH CIFAR_FOLDER RUN [SETTING=VALUE...]
#
# ARCH: plain20, plain56, resnet20, resnet56, resnet110, ...
# CIFAR_FOLDER: train/CLASS/*.jpg and test/CLASS/*.jpg, or CIFAR-10's binary
# batches.  The nets of He et al. 2015, section 4.2, with their batch, rate,
# augmentation and weight decay, and the schedule scaled to 10 of their 164
# epochs: a warm-up of one epoch, then half a cosine.  The paper's own schedule:
#   epochs=164 schedule=steps warmup=0
# What comes out: docs/training.md, "CIFAR-10".
set -eu
arch=$1 data=$2 run=$3
shift 3
train=${BUILD:-build}/apps/detect-train

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- epochs=10 lr=0.1 schedule=cosine warmup=400 save_every=100 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
exec "$train" --arch "$arch" --data "$data" --list train \
    --val "$data" --val-list test -o "$run" "$@"
