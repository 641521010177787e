#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_torchvision.sh MAKE_MODEL CONVERT DETECT COMPARE SOURCE ARCH
#            [MODELS [OPTION...]]
#
# The same weights in torchvision and here must find the same things in the
# sample photo and in parts of it: the model goes to torchvision, and its .pth
# comes back through detect-convert.  Several MODELS decide together, ARCH:context sees the
# whole image beside each region; OPTIONs are
# detect's --refine=N, --scales=LIST, --scale-merge=WHERE, --batch=N,
# --device=NAME.  What takes long, those procedures and a ResNet-101, sees half
# of the photos.  Skipped (77) without
# python3-torchvision.
set -eu
make_model=$1 convert=$2 detect=$3 compare=$4 source=$5 arch=$6 models=${7:-1}
case $arch in
*:context) arch=${arch%:context} context=1 ;;
*) context=0 ;;
esac
shift $(($# > 7 ? 7 : $#))
python=${PYTHON:-/usr/bin/python3}

"$python" -c 'import torchvision, PIL' 2>/dev/null || {
    echo "skipped: python3-torchvision and python3-pil are not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" - "$source/docs/sample.jpg" "$work" <<'PYTHON'
import sys
from PIL import Image
photo, folder = Image.open(sys.argv[1]).convert("RGB"), sys.argv[2]
w, h = photo.size
photo.save(folder + "/whole.png")
photo.transpose(Image.FLIP_LEFT_RIGHT).save(folder + "/mirrored.png")
photo.crop((w // 3, 0, w, h)).save(folder + "/right.png")
photo.resize((w // 2 + 1, h // 2 + 1)).rotate(90, expand=True).save(
    folder + "/turned.png")
PYTHON

seeded='' given=''
for i in $(seq 0 $((models - 1))); do
    "$make_model" "$arch" $((i + 1)) "$work/seeded$i.safetensors" 91 400 \
        "$context"
    seeded="$seeded $work/seeded$i.safetensors"
    given="$given -m $work/model$i.safetensors"
done
case "$arch$*" in
*--batch*) ;;
*resnet101* | *--*) rm "$work/mirrored.png" "$work/right.png" ;;
esac
# shellcheck disable=SC2086 # lists of names without blanks
"$python" "$source/tests/parity/torchvision_detections.py" "$@" "$work" \
    $seeded -- "$work"/*.png
for i in $(seq 0 $((models - 1))); do
    "$convert" -q "$work/model$i.pth" -o "$work/model$i.safetensors"
done
# shellcheck disable=SC2086
"$detect" -q --in-order $given --min-size=400 --max-size=666 "$@" --format=jsonl \
    "$work"/*.png >"$work/ours.jsonl"
"$compare" "$work/detections.json" "$work/ours.jsonl" 99.5 -v
