#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/eval_speed.sh [DETECT_EVAL [FOLDER]]
#
# detect-eval against pycocotools and faster-coco-eval on a set of val2017's
# size, one after the other on the same machine: whole processes, from files to
# printed numbers, and the judging alone.  Needs python3 with numpy, pycocotools
# and faster-coco-eval (PyPI; PYTHON names another interpreter).  The set is
# made in FOLDER (default: a temporary one) unless it is there.
set -eu
cd "$(dirname "$0")/.."
detect_eval=${1:-build/apps/detect-eval}
python=${PYTHON:-python3}
if [ $# -ge 2 ]; then
    folder=$2
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
"$python" -c 'import numpy, pycocotools, faster_coco_eval' || {
    echo "pip install numpy pycocotools faster-coco-eval" >&2
    exit 1
}
[ -f "$folder/segm.json" ] || "$python" tools/make_eval_set.py "$folder"
exec "$python" tools/eval_speed.py "$detect_eval" "$folder"
