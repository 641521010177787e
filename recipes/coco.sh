#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/coco.sh ARCH COCO_FOLDER INIT RUN [SETTING=VALUE...]
#
# Faster R-CNN on COCO, as in the baseline of He et al. 2015, appendix A.
# ARCH: fasterrcnn_vgg16 or fasterrcnn_resnet101_c4.
# COCO_FOLDER: annotations/instances_train2014.json, instances_val2014.json and
# the folders train2014 and val2014; of another year with YEAR=2017.
# INIT: ImageNet's weights, as in recipes/voc.sh; "none": at random.
#
# 240,000 steps at a rate of 0.001 and 80,000 at 0.0001.  The paper's steps are
# of 8 images for the proposals, one on each of 8 GPUs, and of 16 for the boxes;
# here both are learned jointly from 8, one after another (accumulate=8), so that
# a step needs the memory of one image.  Statistics of batch norms are fixed.
# Who has time for less: a 10th of the iterations keeps the milestones.
# With context=1, "global context" is learned, the third row of the paper's
# table 9; the others are options of the test: --refine=1 (box refinement),
# --scales=200,400,600,800,1000, and several -m (an ensemble): docs/procedure.md.
# An interrupted run goes on when the same command is given again.
#   detect-eval -a COCO_FOLDER/annotations/instances_val2014.json \
#       --images COCO_FOLDER/val2014 -m RUN/model.safetensors [--refine=1 ...]
# Expected on val, AP50 and AP: VGG-16 41.5 and 21.2, ResNet-101 48.4 and 27.2;
# with refinement 49.9 and 29.9, context 51.1 and 30.0, five scales 53.8 and 32.5;
# three nets 59.0 and 37.4 (on test-dev, learned from train and val).
# Ours beside them: tools/reproduce.sh coco and coco9.
set -eu
arch=$1 data=$2 init=$3 run=$4
shift 4
train=${BUILD:-build}/apps/detect-train year=${YEAR:-2014}

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- iterations=320000 batch=1 accumulate=8 \
    lr=0.001 schedule=steps milestones=0.75 gamma=0.1 warmup=0 \
    momentum=0.9 weight_decay=0.0005 decay_norms=0 batch_norm=0 freeze=2 \
    min_scale=600 max_scale=600 max_size=1000 flip=1 \
    rpn_batch=256 roi_batch=128 roi_positive=0.25 roi_smooth_l1_beta=1 \
    pre_nms=12000 post_nms=2000 test_min_size=600 test_max_size=1000 \
    save_every=1000 validate_every=20000 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
[ "$init" = none ] || set -- "$@" --init "$init"
exec "$train" --arch "$arch" \
    --data "$data/annotations/instances_train$year.json" \
    --images "$data/train$year" \
    --val "$data/annotations/instances_val$year.json" \
    --val-images "$data/val$year" -o "$run" "$@"
