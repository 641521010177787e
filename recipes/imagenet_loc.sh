#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/imagenet_loc.sh NET INIT ILSVRC_FOLDER RUN [SETTING=VALUE...]
#
# ImageNet's localization challenge (He et al. 2015, appendix C): where is the
# one class that an image shows?
# NET: resnet18, resnet50, resnet101, resnet152.
# INIT: the classifier to begin with (recipes/imagenet.sh, or detect-convert
# resnet101-*.pth), or none.
# ILSVRC_FOLDER: Annotations/CLS-LOC, Data/CLS-LOC, ImageSets/CLS-LOC with
# train_loc.txt and val.txt, and LOC_synset_mapping.txt.
# RUN/localizer: an RPN of each class, on crops of 224, 256 images a step, 8
# anchors of each, half of them positive where there are as many.
# RUN/train.json, RUN/val.json: what it proposes, 20 boxes of each image.
# RUN/rescorer: a whole net on each of these alone, warped to 224, 256 a step.
# An interrupted run goes on when the same command is given again.
#   detect-eval -a ILSVRC_FOLDER --list=val -m CLASSIFIER \
#       --boxes=RUN/localizer/model.safetensors \
#       --rescore=RUN/rescorer/model.safetensors
# The paper does not say how long, and learns from 200 proposals of an image, of
# which a step's share is one here, too; it finds a box of the known class in
# all but 11.7 % of the images with the first net, one of the first five guesses
# in all but 10.6 % with both.  The run at this size was not made here.  The
# paper's errors, and ours beside them: tools/reproduce.sh imagenet_loc.
set -eu
net=$1 init=$2 data=$3 run=$4
shift 4
train=${BUILD:-build}/apps/detect-train
eval_=${BUILD:-build}/apps/detect-eval

# learn KIND OPTION... -- SETTING...: unless it is there
learn()
{
    kind=$1
    shift
    [ -e "$run/$kind/model.safetensors" ] && return
    if [ -e "$run/$kind/run.txt" ]; then
        "$train" --resume "$run/$kind"
        return
    fi
    [ "$init" = none ] || set -- --init "$init" "$@"
    "$train" --arch "${kind}_$net" --data "$data" --format imagenet-loc \
        --list train_loc --val "$data" --val-list val -o "$run/$kind" "$@"
}

# propose LIST NAME: unless it is there
propose()
{
    [ -e "$run/$2.json" ] && return
    "$eval_" -a "$data" --format imagenet-loc --list "$1" --all-boxes \
        --proposals "${PROPOSALS:-20}" --results "$run/$2.json" \
        --boxes "$run/localizer/model.safetensors" >"$run/$2.txt"
}

set -- iterations=24000 batch=32 accumulate=8 lr=0.01 schedule=steps \
    milestones=0.5,0.8 gamma=0.1 warmup=500 momentum=0.9 weight_decay=0.0001 \
    min_scale=256 max_scale=480 flip=1 pca=1 save_every=500 \
    validate_every=6000 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
mkdir -p "$run"
learn localizer "$@"
propose train_loc train
propose val val
learn rescorer --proposals "$run/train.json" --val-proposals "$run/val.json" \
    "$@"
