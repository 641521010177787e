#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/demo.sh [PHOTO]
#
# Install what is missing, build, and detect objects in a picture.
# BUILD names the build folder ("build").
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
photo=${1:-docs/scene.jpg}
overlay=$build/demo.jpg

sh tools/setup.sh
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" >"$build.log" 2>&1 || {
        cat "$build.log" >&2
        exit 1
    }
    rm -f "$build.log"
fi
ninja -C "$build" --quiet apps/detect models/shapes.safetensors

rm -f "$overlay"
printf 'file\tlabel\tscore\tx\ty\tw\th\n'
"$build/apps/detect" --quiet --score-threshold 0.7 --nms-across-classes \
    --output "$overlay" "$photo"
cat <<END

The overlay is $overlay.
That was the model in the box, which knows drawn shapes and glyphs
(models/README.md).  For photos convert published weights, or train your own:

    $build/apps/detect-convert WEIGHTS.pth -o model.safetensors
    $build/apps/detect -m model.safetensors -o result.jpg photo.jpg
    $build/apps/detect-train --help
END
