#!/bin/sh
# SPDX-License-Identifier: MIT
# run_localization.sh DETECT_EVAL DETECT_CLASSIFY DETECT_TRAIN CLASSIFIER LOCALIZER
# RESCORER CLASSIFIER_OF_100 LOCALIZER_OF_100: boxes of classes, from data in
# ImageNet's form to a trained rescorer, as a user sees it.
eval_=$1
classify=$2
train=$3
classifier=$4
localizer=$5
rescorer=$6
classifier100=$7
localizer100=$8
. "$(dirname "$0")/check_functions.sh"

# ---- ImageNet's layout: ten classes, one of the two images of each in train
set_=$work/imagenet
xml() { # NAME CLASS
    printf '<annotation><size><width>96</width><height>64</height></size>
        <object><name>%s</name><bndbox><xmin>20</xmin><ymin>6</ymin>
        <xmax>64</xmax><ymax>60</ymax></bndbox></object></annotation>' "$2"
}
for list in train val; do
    for k in 0 1 2 3 4 5 6 7 8 9; do
        folder=CLS-LOC/$list/n0000000$k
        mkdir -p "$set_/Annotations/$folder" "$set_/Data/$folder"
        make_picture "$set_/Data/$folder/$list$k.JPEG"
        xml "$list$k" "n0000000$k" >"$set_/Annotations/$folder/$list$k.xml"
    done
done

# ---- detect-classify says where
photo=$set_/Data/CLS-LOC/val/n00000003/val3.JPEG
number='-?[0-9]+\.[0-9]+'
run 0 "$classify" -m "$classifier" "$photo" --boxes="$localizer" \
    --box-scales=64,96
out_lines 5
err_is ''
out_has "^$photo	0\.[0-9]{4}	[0-9]+(	$number){4}	0\.[0-9]{4}\$"
cp "$work/out" "$work/proposed"
run 0 "$classify" -m "$classifier" "$photo" --boxes="$localizer" \
    --rescore="$rescorer" --box-scales=64,96
holds 'other boxes' [ "$(cmp "$work/out" "$work/proposed" | wc -l)" = 1 ]
cut -f 1-3 "$work/out" >"$work/names"
cut -f 1-3 "$work/proposed" >"$work/same_names"
holds 'the same names' same_file "$work/names" "$work/same_names"
# one with itself is as one alone
cp "$work/out" "$work/alone"
run 0 "$classify" -m "$classifier" "$photo" --boxes="$localizer" \
    --rescore="$rescorer" --rescore="$rescorer" --box-scales=64,96
holds 'the mean of two equal ones' same_file "$work/alone" "$work/out"
run 0 "$classify" -m "$classifier" "$photo" --boxes="$localizer" --json \
    --box-scales=64 --top=2
holds 'JSON' python3 -c 'import json,sys
r = json.load(open(sys.argv[1]))["classes"]
assert len(r) == 2
for c in r:
    x, y, w, h = c["box"]
    assert x >= 0 and y >= 0 and w > 0 and h > 0 and 0 <= c["box_score"] <= 1
' "$work/out"

# ---- and what does not go together is said in one line
refused() { # CODE MESSAGE COMMAND
    message=$2
    run_code=$1
    shift 2
    run "$run_code" "$@"
    out_lines 0
    err_lines 1
    err_has "$message"
}
c() { refused "$1" "$2" "$classify" -m "$classifier" "$photo" $3 $4 $5; }
c 2 '--rescore goes with --boxes' --rescore=x
c 2 '--box-scales goes with --boxes' --box-scales=64
c 2 '--box-views goes with --boxes' --box-views=center
c 2 '--box-views: center or full' --boxes=x --box-views=ten
c 2 '--box-scales 7: must be a whole number from 8' --boxes=x --box-scales=7
c 3 'resnet20 proposes no boxes of classes' --boxes="$classifier"
c 3 'localizer_.* does not judge single boxes' --boxes="$localizer" \
    --rescore="$localizer"
refused 3 'is no classifier' "$classify" -m "$localizer" "$photo"

# ---- detect-eval
e() {
    code=$1
    shift
    run "$code" "$eval_" -a "$set_" --list=val --no-progress -t 1 \
        --box-scales=64 --proposals=9 "$@"
}
e 0 -m "$classifier" --boxes="$localizer" --rescore="$rescorer" \
    --results="$work/found.json"
out_has '^loc$'
out_has '^copypaste: top1_loc_error,top5_loc_error,known_class_loc_error,top1_error,top5_error$'
tail -n 1 "$work/out" >"$work/numbers"
# what was kept says the same
run 0 "$eval_" -a "$set_" --list=val -p "$work/found.json" --task=loc
tail -n 1 "$work/out" >"$work/numbers_again"
holds 'the same numbers' same_file "$work/numbers" "$work/numbers_again"
# of the classes that are there alone: the same boxes
e 0 --boxes="$localizer" --rescore="$rescorer"
err_has 'only that of a known class says something$'
holds 'the same error of a known class' [ \
    "$(tail -n 1 "$work/out" | cut -d, -f 3)" = "$(cut -d, -f 3 "$work/numbers")" ]
e 2 --boxes="$localizer" --all-boxes
err_has '--all-boxes goes with --boxes and --results alone'
e 2 --boxes="$localizer" --all-boxes --results=x -m "$classifier"
e 2 --boxes="$localizer" --report=x
err_has '--report is of --task bbox or segm'
# all proposals, of which a rescorer learns
for list in train val; do
    run 0 "$eval_" -a "$set_" --list=$list --no-progress --box-scales=64 \
        --boxes="$localizer" --all-boxes --proposals=7 \
        --results="$work/$list.json"
done
holds 'up to 7 of each image' python3 -c 'import json,sys,collections
n = collections.Counter(r["image_id"] for r in json.load(open(sys.argv[1])))
assert len(n) == 10 and 1 < max(n.values()) <= 7, n
' "$work/val.json"

# ---- true classes come behind the guesses, also where most labels of the model
# are no categories of the data
few=$work/few
for k in 3 5 8; do
    folder=CLS-LOC/val/n0000000$k
    mkdir -p "$few/Annotations/CLS-LOC/val" "$few/Data/CLS-LOC/val"
    cp -r "$set_/Annotations/$folder" "$few/Annotations/CLS-LOC/val/"
    cp -r "$set_/Data/$folder" "$few/Data/CLS-LOC/val/"
done
top() {
    run 0 "$eval_" -a "$few" --list=val --no-progress -t 1 -m "$classifier100" \
        --task=top1,top2,top3 "$@"
    tail -n 1 "$work/out"
}
top >"$work/alone"
top --boxes="$localizer100" --box-scales=64 >"$work/with_boxes"
holds 'the same errors of classes' same_file "$work/alone" "$work/with_boxes"
e 2 --boxes="$localizer" --task=top1
err_has 'needs a classifier'
e 2 -m "$classifier" --boxes="$localizer" --refine=1
err_has 'only --proposals means something'

# ---- results that are no numbers
python3 -c 'import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
size = struct.unpack("<Q", data[:8])[0]
begin, end = json.loads(data[8:8 + size])["fc.weight"]["data_offsets"]
data[8 + size + begin:8 + size + end] = struct.pack("<f", 3e38) * ((end - begin) // 4)
open(sys.argv[2], "wb").write(data)' "$classifier" "$work/nan.safetensors"
for boxes in '' "--boxes=$localizer"; do
    run 8 "$eval_" -a "$set_" --list=val --no-progress -t 1 --task=top1 \
        -m "$work/nan.safetensors" $boxes
    err_lines 1
    err_has 'val0\.JPEG'
done

# ---- both learn
t() {
    code=$1
    name=$2
    shift 2
    run "$code" "$train" --data "$set_" --list train --val "$set_" \
        --val-list val --format imagenet-loc -o "$work/$name" --no-progress \
        --set iterations=4 --set batch=2 --set validate_every=2 \
        --set save_every=2 --set threads=1 --arch "${name}_resnet18_small" "$@"
}
t 2 rescorer
err_has 'learns from proposals: give those of the data'
t 2 rescorer --proposals "$work/train.json"
err_has 'is judged by proposals: give those of the validation data'
t 2 localizer --proposals "$work/train.json"
err_has 'learns from images, not from proposals'
t 2 localizer --set test_min_size=200
err_lines 1
err_has 'test_min_size: a scale of 200 pixels'
t 0 localizer
t 0 rescorer --proposals "$work/train.json" --val-proposals "$work/val.json"
for name in localizer rescorer; do
    holds "the $name is judged" grep -q '"error_loc_val":[01]' \
        "$work/$name/metrics.jsonl"
done
# the proposals are the run's
run 0 "$train" --resume "$work/rescorer" --no-progress
holds 'they are remembered' \
    grep -q "^proposals=$work/train.json$" "$work/rescorer/run.txt"
e 0 -m "$classifier" --boxes="$work/localizer/model.safetensors" \
    --rescore="$work/rescorer/model.safetensors"
e 2 --boxes="$localizer" --rescore="$work/rescorer/model.safetensors"
err_has 'localizers and rescorers differ in their classes$'

finish
