#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/demo.sh [PHOTO]
#
# Install what is missing, build, and detect objects in a photo.
# BUILD names the build folder ("build").
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
photo=${1:-docs/sample.jpg}
model=$build/demo-maskrcnn_resnet50_fpn.safetensors
overlay=$build/demo.jpg

sh tools/setup.sh
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" >"$build.log" 2>&1 || {
        cat "$build.log" >&2
        exit 1
    }
    rm -f "$build.log"
fi
ninja -C "$build" --quiet apps/detect tests/make_model
[ -f "$model" ] ||
    "$build/tests/make_model" maskrcnn_resnet50_fpn 1 "$model"

rm -f "$overlay"
printf 'file\tlabel\tscore\tx\ty\tw\th\n'
"$build/apps/detect" --model "$model" --score-threshold 0.5 --output "$overlay" \
    "$photo"
cat <<END

The overlay is $overlay.
This model's weights are random (made from a seed), not trained: boxes, masks
and labels above show that everything runs, and mean nothing.  For real
detections convert published weights:

    $build/apps/detect-convert WEIGHTS.pth -o model.safetensors
    $build/apps/detect -m model.safetensors -o result.jpg photo.jpg
END
