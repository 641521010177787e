#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_eval.sh DETECT_EVAL MODEL QUICK: the command `detect-eval` as a user
# sees it, with results of others and running the detector itself; QUICK is one
# without masks.
eval_=$1
model=$2
quick_model=$3
. "$(dirname "$0")/check_functions.sh"

mkdir "$work/images" || exit 99
for i in 1 2 3 4; do
    make_picture "$work/images/$i.png"
done
image() { printf '{"id":%d,"width":96,"height":64,"file_name":"%s.png"}' "$1" "$1"; }
truth() { # ID IMAGE BOX
    printf '{"id":%d,"image_id":%d,"category_id":1,"iscrowd":0,' "$1" "$2"
    printf '"area":400,"bbox":[%s],' "$3"
    printf '"segmentation":[[0,0,20,0,20,20,0,20]]}'
}
cat >"$work/truth.json" <<END
{"images":[$(image 1),$(image 2),$(image 3),$(image 4)],
 "categories":[{"id":1,"name":"person"},{"id":3,"name":"car"}],
 "annotations":[$(truth 1 1 0,0,20,20),$(truth 2 2 0,0,20,20)]}
END
found() { # IMAGE SCORE BOX
    printf '{"image_id":%d,"category_id":1,"score":%s,"bbox":[%s]}' "$1" "$2" "$3"
}
echo "[$(found 1 0.9 0,0,20,20)]" >"$work/one.json"
echo "[$(found 2 0.8 0,0,20,20)]" >"$work/two.json"
echo "[$(found 3 0.95 0,0,20,20)]" >"$work/wrong.json"
echo '[]' >"$work/none.json"
e() {
    code=$1
    shift
    run "$code" "$eval_" "$@"
}

# ---- the command line
usage() {
    e 2 "$@"
    out_is ''
    err_lines 1
}
usage
err_has 'no annotations given; add -a FILE'
usage -a "$work/truth.json"
err_has 'nothing to judge'
usage -a "$work/truth.json" -p x -m y
err_has 'either -p RESULTS or -m MODEL'
usage -a "$work/truth.json" -m "$model"
err_has 'add --images DIR'
usage -a "$work/truth.json" -p x --shard=1/2
usage -a x -p x --iou=0.5,2
usage -a x -p x --iou=0.9:0.5:0.1
usage -a x -p x --max-dets=10,1
usage -a x -p x --area=small
usage -a x -p x --task=keypoints
usage -a x -m x --images x --shard=3/2
usage -a x -p x file.json
for option in -h --help; do
    e 0 $option
    err_is ''
    out_has '^Usage: detect-eval -a ANNOTATIONS\.json -p RESULTS\.json'
    out_has '^Exit codes: '
done
e 0 --version
out_has '^detect-eval [0-9]+\.[0-9]+\.[0-9]+$'

# ---- results of others
e 0 -a "$work/truth.json" -p "$work/one.json" -p "$work/two.json"
err_is ''
out_has '^ Average Precision  \(AP\) @\[ IoU=0\.50:0\.95 \| area=   all \| maxDets=100 \] = 1\.000$'
out_has '^ Average Recall     \(AR\) @\[ IoU=0\.50:0\.95 \| area=   all \| maxDets=  1 \] = 1\.000$'
out_has 'IoU=0\.50:0\.95 \| area= large \| maxDets=100 \] = -1\.000$'
out_has '^copypaste: 100\.0000,100\.0000,100\.0000,100\.0000,nan,nan,'
e 0 -a "$work/truth.json" -p "$work/none.json"
out_has 'area=   all \| maxDets=100 \] = 0\.000$'
# one of two found, behind a miss: 51 of 101 recalls at 1/2
e 0 -a "$work/truth.json" -p "$work/one.json" -p "$work/wrong.json"
out_has '^copypaste: 25\.2475,'
e 0 -a "$work/truth.json" -p "$work/one.json" -p "$work/two.json" --task=segm
out_has '^segm$'
e 0 -a "$work/truth.json" -p "$work/one.json" --task=proposals
out_has 'maxDets=1000 \] = 0\.500$'
e 0 -a "$work/truth.json" -p "$work/one.json" --iou=0.5 --max-dets=5 \
    --area=all=0:1e10,tiny=0:100 --per-class
out_has 'IoU=0\.50      \| area=   all \| maxDets=  5 \] = 0\.505$'
out_has '^person  +50\.50'
out_has '^car  +-  '
e 0 -a "$work/truth.json" -p "$work/one.json" --json=-
every_line '.'
holds 'JSON' python3 -c 'import json,sys
r = json.load(open(sys.argv[1]))["bbox"]
assert abs(r["AP"] - 51 / 101) < 1e-12 and r["APl"] is None
assert [c["name"] for c in r["classes"]] == ["person", "car"]
' "$work/out"
e 0 -q -a "$work/truth.json" -p "$work/one.json" --json="$work/numbers.json"
holds 'the JSON file' grep -q '"AP50":0.50' "$work/numbers.json"
e 6 -a "$work/truth.json" -p "$work/one.json" --json="$work/no/such"
err_has 'cannot be written'

e 0 -a "$work/truth.json" -p "$work/one.json" --rules=lvis
out_has 'maxDets=300 \] = 0\.505$'
out_has '^copypaste: AP,AP50,AP75,APs,APm,APl,APr,APc,APf,AR300,ARs,ARm,ARl$'
e 0 -a "$work/truth.json" -p "$work/one.json" --rules=voc2007 --per-class
out_has 'IoU=0\.50      \| area=   all \| maxDets=all \] = 0\.545$'
out_has '^person  +54\.55$'
e 0 -a "$work/truth.json" -p "$work/one.json" --rules=voc2012 --task=segm
out_has 'IoU=0\.70      \| area=   all \| maxDets=all \] = 0\.500$'
usage -a x -p x --rules=voc

e 0 -a "$work/truth.json" -p "$work/one.json" --images "$work/images" \
    --report="$work/report" --compare="$work/two.json" -v
err_has 'report/index\.html: the report'
holds 'the page' grep -q '</html>' "$work/report/index.html"
usage -a x -p x --compare=y
e 6 -a "$work/truth.json" -p "$work/one.json" --report=/proc/no/where

# ---- refused
bad() { # TEXT MESSAGE: of results
    echo "$1" >"$work/bad.json"
    e 7 -a "$work/truth.json" -p "$work/bad.json"
    out_is ''
    err_lines 1
    err_has "bad\.json: $2"
}
bad "[$(found 9 0.9 0,0,20,20)]" 'byte 13: image 9 is not in the annotations'
bad "[$(found 1 NaN 0,0,20,20)]" 'byte [0-9]+: NaN'
bad "[$(found 1 1e999 0,0,20,20)]" 'byte [0-9]+: number is too large'
bad "[$(found 1 0.5 0,0,20)]" 'byte [0-9]+: a box needs 4 numbers'
bad '{}' 'byte 0: an object, as annotations are'
bad '[{"image_id":1' 'byte 15'
bad '[{"image_id":1}]' 'byte 1: an object needs'
awk 'BEGIN { printf "[{\"x\":"; for (i = 0; i < 1000000; i++) printf "["; }' \
    >"$work/deep.json"
e 7 -a "$work/truth.json" -p "$work/deep.json"
err_has 'byte [0-9]+: nested deeper than 64'
# what makes cocoapi's maskApi.c read or write past its memory
bad_mask() { # COUNTS MESSAGE
    printf '[{"image_id":1,"category_id":1,"score":1,"segmentation":' \
        >"$work/mask.json"
    printf '{"size":[64,96],"counts":"%s"}}]' "$1" >>"$work/mask.json"
    e 7 -a "$work/truth.json" -p "$work/mask.json" --task=segm
    out_is ''
    err_has "a result of category 1, image 1: mask text $2"
}
bad_mask hj6 'has a run of 7000 at position 0, where 6144 of 6144'
bad_mask 1P 'ends within the run that begins at position 1'
bad_mask PPPPPP2 'has a run of 2147483648'
bad_mask 000N 'has a run of -2 at position 3'
bad_mask oooooooooooooooooooo 'has more than 7 bytes in the run'
bad_mask '' 'ends at position 0 with 6144 of 6144 pixels left'
e 7 -a "$work/one.json" -p "$work/one.json"
err_has 'one\.json: byte 0: a list, as results files are'
e 1 -a "$work/missing.json" -p "$work/one.json"
err_has 'missing\.json: cannot open: No such file'
sed 's/"id":2,"image/"id":1,"image/; s/"id":2,"width/"id":1,"width/' \
    "$work/truth.json" >"$work/twice.json"
e 7 -a "$work/twice.json" -p "$work/one.json"
err_has 'two images have the id 1'
e 0 -a "$work/truth.json" -p "$work/one.json" --task=bbox
unknown='[{"image_id":1,"category_id":77,"score":1,"bbox":[0,0,1,1]}]'
echo "$unknown" >"$work/unknown.json"
e 0 -a "$work/truth.json" -p "$work/unknown.json"
err_has '1 of 1 results are of categories that the annotations lack'

# ---- running the detector
r() {
    code=$1
    shift
    e "$code" -a "$work/truth.json" -m "$model" --images "$work/images" \
        --task=bbox "$@"
}
r 0 -v --results="$work/all.json"
err_has '2 of 2 categories are labels of the model, by name'
out_has '^bbox$'
holds 'no .part is left' test ! -e "$work/all.json.part"
cp "$work/out" "$work/whole"
e 0 -a "$work/truth.json" -p "$work/all.json"
holds 'the same numbers from the file' cmp "$work/out" "$work/whole"
# two shards are the whole
r 0 --shard=1/2 --results="$work/s1.json"
r 0 --shard=2/2 --results="$work/s2.json"
e 0 -a "$work/truth.json" -p "$work/s1.json" -p "$work/s2.json"
holds 'shards sum up' cmp "$work/out" "$work/whole"
e 0 -a "$work/truth.json" -p "$work/s1.json" -p "$work/s2.json" \
    --results="$work/merged.json"
e 0 -a "$work/truth.json" -p "$work/merged.json"
holds 'merged shards are the whole' cmp "$work/out" "$work/whole"
# a run that was interrupted, in the middle of a line
cp "$work/images/3.png" "$work/keep.png"
cp "$work/images/2.png" "$work/keep2.png"
echo broken >"$work/images/3.png"
r 1 --results="$work/resumed.json"
out_is ''
err_has '3\.png: not a picture'
holds 'two images are done' test "$(wc -l <"$work/resumed.json.part")" -eq 3
printf '{"image_id":3,"obj' >>"$work/resumed.json.part"
cp "$work/keep.png" "$work/images/3.png"
r 0 -v --results="$work/resumed.json"
err_has 'going on: 2 images were done before, 2 are left'
holds 'the same results' cmp "$work/resumed.json" "$work/all.json"
# several at once, some of which cannot be read; by what finds something, and
# no masks
q() { # CODE OPTION...
    code=$1
    shift
    e "$code" -a "$work/truth.json" -m "$quick_model" \
        --images "$work/images" --task=bbox "$@"
}
all='--in-order --score-threshold=0 --max-detections=500 --min-size=64
    --max-size=96 --proposals=100'
q 0 $all --results="$work/one_by_one.json"
holds 'there is something' test "$(wc -l <"$work/one_by_one.json")" -gt 10
q 0 $all --batch=3 --results="$work/batch.json"
holds 'the same from a batch' cmp "$work/batch.json" "$work/one_by_one.json"
echo broken >"$work/images/2.png"
q 1 $all --batch=4 --results="$work/cut.json"
err_has '2\.png: not a picture'
holds 'none of its batch is done' test "$(wc -l <"$work/cut.json.part")" -eq 1
q 0 $all --batch=4 --bad=count
err_has '2\.png: not a picture'
cp "$work/keep2.png" "$work/images/2.png"
q 0 $all --batch=4 --results="$work/cut.json"
holds 'the same after an error' cmp "$work/cut.json" "$work/one_by_one.json"
# a batch that goes on is the one that it would have been: of the same sizes
base64 -d >"$work/images/2.png" <<'PICTURE'
iVBORw0KGgoAAAANSUhEUgAAACgAAABgCAIAAADgl6c7AAAAfElEQVR42u3NoQ2EQBBAUcqhCCo5
iUQikVQy5VAWq2DNqMllk7uXfP3fNH9iSBMYDAaDweAXXmNI4P+Gr2WuBAaDwb8Hb5FVhfNzCwwG
g8FgcAfvkVWF83MLDAaDwWBwBx+RVYXzcwsMHgJ/NTAYDC7AZwwJDAaDwWDw0w3ATwfJli781AAA
AABJRU5ErkJggg==
PICTURE
sed 's/"id":2,"width":96,"height":64/"id":2,"width":40,"height":96/' \
    "$work/truth.json" >"$work/sizes.json"
two_sizes() { # CODE NAME OPTION...
    code=$1 name=$2
    shift 2
    e "$code" -a "$work/sizes.json" -m "$quick_model" --images "$work/images" \
        --task=bbox $all --batch=3 --results="$work/$name.json" "$@"
}
two_sizes 0 alone --batch=1
two_sizes 0 at_once
holds 'padding matters' test "$(cmp "$work/alone.json" "$work/at_once.json")"
broken_then_repaired() { # PICTURE NAME DONE
    cp "$work/images/$1.png" "$work/repaired.png"
    echo broken >"$work/images/$1.png"
    two_sizes 1 "$2"
    err_has "$1\.png: not a picture"
    holds "$3 are done" test "$(wc -l <"$work/$2.json.part")" -eq $(($3 + 1))
    cp "$work/repaired.png" "$work/images/$1.png"
}
for place in 2:0 4:3; do
    name=after_${place%:*}
    broken_then_repaired "${place%:*}" "$name" "${place#*:}"
    two_sizes 0 "$name" -v
    holds 'the same results' cmp "$work/$name.json" "$work/at_once.json"
done
# ... after a run that ended within one
broken_then_repaired 4 within 3
head -n 2 "$work/within.json.part" >"$work/first.part"
mv "$work/first.part" "$work/within.json.part"
two_sizes 0 within -v
err_has 'going on: 1 images were done before, 3 are left'
holds 'the same results' cmp "$work/within.json" "$work/at_once.json"
cp "$work/keep2.png" "$work/images/2.png"
# ... for which there is no memory; sanitizers need more of it for one as well
large_images() { # OPTION...
    with_less_memory "$eval_" -a "$work/truth.json" -m "$model" \
        --images "$work/images" --task=bbox --min-size=960 --max-size=1440 "$@"
}
if large_images --limit=1 >"$work/out" 2>&1; then
    run 0 large_images --batch=4
    err_lines 1
    err_has '^detect-eval: warning: --batch: out of memory: .*; going on one by'
fi
r 2 --batch=65
r 0 --limit=1
# left by another run
echo '{"detect-eval":0}' >"$work/x.json.part"
r 7 --results="$work/x.json"
err_has 'x\.json\.part: left by another run'
# images that cannot be had
echo broken >"$work/images/4.png"
r 1
r 0 --bad=count
err_has '4\.png: not a picture'
sed 's|4\.png|../truth.json|' "$work/truth.json" >"$work/out.json"
e 1 -a "$work/out.json" -m "$model" --images "$work/images"
err_has 'truth\.json'
sed 's|"width":96|"width":95|' "$work/truth.json" >"$work/size.json"
e 7 -a "$work/size.json" -m "$model" --images "$work/images"
err_has '1\.png has 96 x 64 pixels, the annotations say 95 x 64'
sed -e 's/person/nobody/; s/"id":1,"name/"id":999,"name/' \
    -e 's/"car"/"van"/; s/"id":3,"name/"id":998,"name/' \
    -e 's/"category_id":1/"category_id":999/g' \
    "$work/truth.json" >"$work/strange.json"
e 7 -a "$work/strange.json" -m "$model" --images "$work/images"
err_has "none of the model's labels is a category"

finish
