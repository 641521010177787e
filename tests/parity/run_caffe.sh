#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_caffe.sh MAKE_MODEL CONVERT DETECT COMPARE SOURCE ARCH LABELS
#            [ANCHORS]
#
# The same weights under py-faster-rcnn's or Detectron's rules and here must
# find the same things in the sample photo and in parts of it: a model's numbers
# become a .caffemodel or .pkl, which comes back through detect-convert.
# Skipped (77) without python3-torchvision.
set -eu
make_model=$1 convert=$2 detect=$3 compare=$4 source=$5 arch=$6 labels=$7
anchors=${8:-}
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
photo.crop((w // 3, 0, w, h)).save(folder + "/right.png")
photo.resize((w // 2 + 1, h // 2 + 1)).rotate(90, expand=True).save(
    folder + "/turned.png")
PYTHON

case $arch in
fasterrcnn_vgg16) reference=caffe_detections file=net.caffemodel ;;
mnc_vgg16) reference=mnc_detections file=net.caffemodel ;;
*) reference=detectron_detections file=model_final.pkl ;;
esac

"$make_model" "$arch" 1 "$work/seeded.safetensors" "$labels" 400
"$python" "$source/tests/parity/$reference.py" \
    "$work/seeded.safetensors" "$work" 400 667 $anchors "$work"/*.png
rm "$work/seeded.safetensors"
"$convert" -q "$work/$file" -o "$work/model.safetensors"
"$detect" -q --in-order -m "$work/model.safetensors" --min-size=400 --max-size=667 \
    --format=jsonl "$work"/*.png >"$work/ours.jsonl"
"$compare" "$work/detections.json" "$work/ours.jsonl" 99.5 -v
