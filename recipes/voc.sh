#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh recipes/voc.sh ARCH SETS VOCDEVKIT INIT RUN [SETTING=VALUE...]
#
# Faster R-CNN on PASCAL VOC, proposals and boxes learned jointly, as
# py-faster-rcnn's "approximate joint training" does
# (models/pascal_voc/VGG16/faster_rcnn_end2end/solver.prototxt).
# ARCH: fasterrcnn_vgg16 or fasterrcnn_resnet101_c4.
# SETS: 07 (trainval of 2007), 07+12 (and of 2012), or 07++12 (and test of 2007,
# for the test of 2012); of several the folders are joined in RUN/data.
# VOCDEVKIT: VOC2007/ and VOC2012/, each with Annotations/, ImageSets/Main/ and
# JPEGImages/.
# INIT: ImageNet's weights, which detect-convert has made of
# VGG_ILSVRC_16_layers.caffemodel or resnet101-63fe2227.pth; "none": at random.
#
# 70,000 steps of 2 images, one at a time, at a shorter side of 600; a rate of
# 0.001, a tenth of it after 50,000.  With two years' images 110,000 steps with
# milestones=0.7273 are usual; He et al. 2015 (appendix A) give no schedule.
# Statistics of batch norms are fixed.
# Not as there: biases learn at the rate of weights (2 times it there), and fc6
# and fc7 of VGG-16 have no dropout.
# An interrupted run goes on when the same command is given again.
# Judged by VOC's rules (those of 2012 for VOC 2012, --list=val where its test
# is not at hand):
#   detect-eval -a VOCDEVKIT/VOC2007 --list=test --rules=voc2007 \
#       --images VOCDEVKIT/VOC2007/JPEGImages -m RUN/model.safetensors
# Expected, mAP of VGG-16 and ResNet-101: 73.2 and 76.4 on the test of 2007
# (07+12), 70.4 and 73.8 on that of 2012 (07++12); VGG-16 with 07 alone 69.9.
# Ours beside them: tools/reproduce.sh voc07 and voc12.
set -eu
arch=$1 sets=$2 data=$3 init=$4 run=$5
shift 5
train=${BUILD:-build}/apps/detect-train

# join YEAR LIST...: its images and annotations beside those of other years.
# (Links to folders elsewhere would be refused: data sets stay in their folder.)
join()
{
    from=$data/VOC$1
    shift
    for part in Annotations JPEGImages; do
        cp -rl "$from/$part" "$run/data.part/" 2>/dev/null ||
            cp -r "$from/$part" "$run/data.part/"
    done
    for list; do
        cat "$from/ImageSets/Main/$list.txt"
    done >>"$run/data.part/ImageSets/Main/trainval.txt"
}

[ -e "$run/run.txt" ] && exec "$train" --resume "$run"
case $sets in
07 | 12) learned=$data/VOC20$sets ;;
07+12 | 07++12) learned=$run/data ;;
*)
    echo "voc.sh: SETS is $sets; it must be 07, 12, 07+12 or 07++12" >&2
    exit 2
    ;;
esac
if [ "$learned" = "$run/data" ] && [ ! -e "$learned" ]; then
    rm -rf "$run/data.part"
    mkdir -p "$run/data.part/ImageSets/Main"
    [ "$sets" = 07+12 ] && join 2007 trainval || join 2007 trainval test
    join 2012 trainval
    mv "$run/data.part" "$run/data"
fi

set -- iterations=70000 batch=1 accumulate=2 \
    lr=0.001 schedule=steps milestones=0.7142857 gamma=0.1 warmup=0 \
    momentum=0.9 weight_decay=0.0005 decay_norms=0 batch_norm=0 freeze=2 \
    min_scale=600 max_scale=600 max_size=1000 flip=1 \
    rpn_batch=256 roi_batch=128 roi_positive=0.25 roi_smooth_l1_beta=1 \
    pre_nms=12000 post_nms=2000 test_min_size=600 test_max_size=1000 \
    save_every=1000 "$@"
for setting; do
    set -- "$@" --set "$setting"
    shift
done
[ "$init" = none ] || set -- "$@" --init "$init"
exec "$train" --arch "$arch" --data "$learned" --list trainval \
    --images "$learned/JPEGImages" -o "$run" "$@"
