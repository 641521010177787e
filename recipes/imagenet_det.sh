#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/imagenet_det.sh ARCH INIT ILSVRC_FOLDER RUN [SETTING=VALUE...]
#
# ImageNet's detection challenge: Faster R-CNN, 200 classes.
# ARCH: fasterrcnn_resnet101_c4, or any other that has boxes.
# INIT: the classifier to begin with (detect-convert resnet101-*.pth), or none.
# ILSVRC_FOLDER: Annotations/DET, Data/DET, ImageSets/DET/val.txt and map_det.txt;
# learned on all of train, judged on the list "val":
#   detect-eval -a ILSVRC_FOLDER --list=val --rules=imagenet --refine=1 \
#       --scales=200,400,600,800,1000 -m RUN/model.safetensors
#
# He et al. 2015, appendix B: as for COCO, whose schedule (appendix A) is below,
# 240,000 steps at 0.001 and 80,000 at 0.0001 of 8 images (the paper's second
# stage saw 16, after the first; here both learn together), and the context.
# Its single model has an mAP of 0.605 on half of val (val2); it learned on the
# other half besides train, which needs a list of both that the data lack.  The
# run at this size was not made here.
set -eu
arch=$1 init=$2 data=$3 run=$4
shift 4
train=${BUILD:-build}/apps/detect-train

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
set -- iterations=320000 batch=8 lr=0.001 schedule=steps milestones=0.75 \
    gamma=0.1 min_scale=600 max_scale=600 max_size=1000 \
    test_min_size=600 test_max_size=1000 flip=1 context=1 \
    roi_batch=128 roi_positive=0.25 post_nms=2000 save_every=1000 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
[ "$init" = none ] || set -- --init "$init" "$@"
exec "$train" --arch "$arch" --data "$data" --format imagenet-det \
    --list train -o "$run" "$@"
