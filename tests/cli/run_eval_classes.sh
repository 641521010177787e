#!/bin/sh
# SPDX-License-Identifier: MIT
# run_eval_classes.sh DETECT_EVAL DETECT_CLASSIFY CLASSIFIER DETECTOR: classes of
# images and ImageNet's localization as a user of `detect-eval` sees them.
eval_=$1
classify=$2
classifier=$3
detector=$4
. "$(dirname "$0")/check_functions.sh"

e() {
    code=$1
    shift
    run "$code" "$eval_" "$@"
}

# ---- classes: an image folder, four images of two classes
for image in cat/1 cat/2 dog/3 dog/4; do
    mkdir -p "$work/set/${image%/*}"
    make_picture "$work/set/$image.png"
done
guess() { # IMAGE CLASS SCORE; images from 1 on, classes from 0 on
    printf '{"image_id":%d,"category_id":%d,"score":%s}' "$1" "$2" "$3"
}
echo "[$(guess 1 0 0.9),$(guess 2 1 0.9),$(guess 2 0 0.1),$(guess 3 1 0.9)]" \
    >"$work/classes.json"
e 0 -a "$work/set" -p "$work/classes.json"
err_is ''
out_has '^classification$'
out_has '^ Accuracy +@\[ top-1 +\| images= +4 \] = 0\.5000$'
out_has '^ Accuracy +@\[ top-5 +\| images= +4 \] = 0\.7500$'
out_has '^ Error +@\[ top-5 +\| images= +4 \] = 0\.2500$'
out_has '^copypaste: top1,top5,top1_error,top5_error$'
out_has '^copypaste: 50\.0000,75\.0000,50\.0000,25\.0000$'
e 0 -a "$work/set" -p "$work/classes.json" --task=top2,top1,top2 --per-class
out_has '^copypaste: top1,top2,top1_error,top2_error$'
out_has '^class +top1 +top2 top1_error top2_error$'
out_has '^cat +50\.00 +100\.00 +50\.00 +0\.00$'
out_has '^dog +50\.00 +50\.00 +50\.00 +50\.00$'
e 0 -a "$work/set" -p "$work/classes.json" --json=-
holds 'JSON' python3 -c 'import json,sys
r = json.load(open(sys.argv[1]))["classification"]
assert r["top1"] == 0.5 and r["top5_error"] == 0.25
assert [c["top1_error"] for c in r["classes"]] == [0.5, 0.5]
' "$work/out"
# ImageNet's text says the same; the fourth image has no guess
printf '1\n2 1\n2\n\n' >"$work/classes.txt"
e 0 -a "$work/set" -p "$work/classes.txt"
out_has '^copypaste: 50\.0000,75\.0000,50\.0000,25\.0000$'
# kept and read again
e 0 -a "$work/set" -p "$work/classes.txt" --results="$work/kept.json"
e 0 -a "$work/set" -p "$work/kept.json"
out_has '^copypaste: 50\.0000,75\.0000,50\.0000,25\.0000$'
# a guess that can only be wrong keeps its place
echo "[$(guess 1 77 1),$(guess 1 0 0.5)]" >"$work/unknown.json"
e 0 -a "$work/set" -p "$work/unknown.json"
err_has '1 of 2 results are of categories that the annotations lack'
out_has '^copypaste: 0\.0000,25\.0000,'

# ---- a classifier runs: by CIFAR's ten labels, cat is 3 and dog 5
echo '{"images":[{"id":7,"file_name":"cat/1.png"}],"annotations":
    [{"id":1,"image_id":7,"category_id":3}],
    "categories":[{"id":3,"name":"cat"},{"id":5,"name":"dog"}]}' \
    >"$work/cat.json"
with_model() {
    code=$1
    shift
    e "$code" -a "$work/cat.json" --images "$work/set" -m "$classifier" "$@"
}
for views in center ten full; do
    run 0 "$classify" -m "$classifier" --views=$views --json --top=10 \
        "$work/set/cat/1.png"
    mv "$work/out" "$work/$views.said"
    with_model 0 --views=$views --results="$work/$views.json"
    out_has '^ Accuracy +@\[ top-1 +\| images= +1 \] = '
    holds "what detect-classify says ($views)" python3 -c 'import json, sys
said = {c["label"]: c["probability"]
        for c in json.load(open(sys.argv[1]))["classes"]}
found = {r["category_id"]: r["score"] for r in json.load(open(sys.argv[2]))}
assert sorted(found) == [3, 5]
assert all(abs(found[k] - said[k]) <= 1e-6 for k in found), (said, found)
' "$work/$views.said" "$work/$views.json"
done
holds 'other views, other numbers' \
    test "$(cat "$work/center.json")" != "$(cat "$work/ten.json")"
# what a classifier cannot do is not passed over
not_of_classifiers() {
    with_model 2 "$@"
    out_is ''
    err_lines 1
}
for option in --refine=1 --scales=100,200 --proposals=10 --vote=0.5 \
    --soft-nms=linear --nms-threshold=0.5 --score-threshold=0.5 \
    --max-detections=5 --min-size=64 --max-size=64 --nms-across-classes; do
    not_of_classifiers $option
    err_has "^detect-eval: ${option%%=*} is of detectors; .* is a classifier$"
done
not_of_classifiers -m "$detector"
err_has 'is a classifier, and not all of the models are$'
e 2 -a "$work/cat.json" --images "$work/set" -m "$detector" --views=ten
err_is "detect-eval: --views is of classifiers; $detector is a detector"

# ---- classifiers decide together: one with itself says the same
run 0 "$classify" -m "$classifier" "$work/set/cat/1.png"
cp "$work/out" "$work/alone"
run 0 "$classify" -m "$classifier" -m "$classifier" "$work/set/cat/1.png"
holds 'the mean of two equal ones' same_file "$work/alone" "$work/out"
run 3 "$classify" -m "$classifier" -m "$detector" "$work/set/cat/1.png"
out_is ''
err_lines 1
err_has 'is no classifier: it names no whole images$'

# ---- COCO JSON without boxes; an image without a class is said once
image() { printf '{"id":%d,"file_name":"%d.png"}' "$1" "$1"; }
cat >"$work/truth.json" <<END
{"images":[$(image 1),$(image 2),$(image 3)],
 "categories":[{"id":0,"name":"cat"},{"id":1,"name":"dog"}],
 "annotations":[{"id":1,"image_id":1,"category_id":0},
                {"id":2,"image_id":2,"category_id":1},
                {"id":3,"image_id":2,"category_id":0}]}
END
e 0 -a "$work/truth.json" -p "$work/classes.json"
err_is 'detect-eval: warning: 1 of 3 images have no true class; they do not count'
out_has '^ Accuracy +@\[ top-1 +\| images= +2 \] = 1\.0000$'

# ---- localization
truth() { # ID IMAGE CLASS BOX
    printf '{"id":%d,"image_id":%d,"category_id":%d,"bbox":[%s]}' "$@"
}
found() { # IMAGE CLASS SCORE BOX
    printf '{"image_id":%d,"category_id":%d,"score":%s,"bbox":[%s]}' "$@"
}
cat >"$work/boxes.json" <<END
{"images":[$(image 1),$(image 2)],
 "categories":[{"id":0,"name":"cat"},{"id":1,"name":"dog"}],
 "annotations":[$(truth 1 1 0 0,0,20,20),$(truth 2 2 1 0,0,20,20)]}
END
# image 1: the second guess; image 2: half of it is enough
echo "[$(found 1 1 0.9 0,0,20,20),$(found 1 0 0.8 0,0,20,20)," \
    "$(found 2 1 0.9 0,0,20,10)]" >"$work/found.json"
e 0 -a "$work/boxes.json" -p "$work/found.json" --task=loc --per-class
err_is ''
out_has '^loc$'
out_has '^ Localization error @\[ top-1 +\| IoU=0\.50 \| images= +2 \] = 0\.5000$'
out_has '^ Localization error @\[ top-5 +\| IoU=0\.50 \| images= +2 \] = 0\.0000$'
out_has '^ Localization error @\[ class known \| IoU=0\.50 \| images= +2 \] = 0\.0000$'
out_has '^ Error +@\[ top-1 +\| images= +2 \] = 0\.5000$'
out_has '^cat +100\.00 +0\.00 +0\.00 +100\.00 +0\.00$'
e 0 -a "$work/boxes.json" -p "$work/found.json" --task=loc,top1,bbox
out_has '^bbox$'
out_has '^classification$'
out_has '^copypaste: top1,top1_error$'
printf '2 1 1 20 20 1 1 1 20 20\n2 1 1 20 10\n' >"$work/found.txt"
e 0 -a "$work/boxes.json" -p "$work/found.txt" --task=loc --max-dets=1 --iou=0.51
out_has '^copypaste: top1_loc_error,known_class_loc_error,top1_error$'
out_has '^copypaste: 100\.0000,50\.0000,50\.0000$'

# ---- refused
usage() {
    e 2 "$@"
    out_is ''
    err_lines 1
}
usage -a x -p x --task=top
usage -a x -p x --task=top0
usage -a x -p x --task=top1,top
usage -a x -p x --task=loc --iou=0.5,0.7
err_has 'loc has one --iou threshold'
usage -a x -p x --task=loc --iou=0
usage -a x -p x --views=ten
err_has 'views goes with -m MODEL'
usage -a x -m x --views=eleven
usage -a x -p x --task=top5 --report=y
err_has 'report is of --task bbox or segm'
refused() { # CODE MESSAGE OPTIONS
    code=$1
    message=$2
    shift 2
    e "$code" "$@"
    out_lines 0
    err_lines 1
    err_has "$message"
}
echo "[$(guess 1 0 0.9)]" >"$work/class.json"
for task in bbox segm proposals; do
    refused 7 'result 1, of image 1, has neither a box nor a mask' \
        -a "$work/boxes.json" -p "$work/class.json" --task=$task
done
refused 7 'result 1, of image 1, has neither a box nor a mask' \
    -a "$work/boxes.json" -p "$work/class.json" --task=bbox --rules=voc2012
refused 7 'result 1, of image 1, has no box' \
    -a "$work/boxes.json" -p "$work/class.json" --task=loc
refused 7 'no annotation has a box' \
    -a "$work/truth.json" -p "$work/found.json" --task=loc
refused 7 'classes\.txt: 4 lines; there are 2 images' \
    -a "$work/boxes.json" -p "$work/classes.txt"
printf '1\n2 dog\n' >"$work/bad.txt"
refused 7 'bad\.txt: line 2: expected numbers' \
    -a "$work/boxes.json" -p "$work/bad.txt"

finish
