#!/bin/sh
# SPDX-License-Identifier: MIT
# run_recipes.sh BUILD SOURCE: every recipe runs, on a few generated scenes and
# for a few steps, and tools/reproduce.sh judges what comes out.
BUILD=$(realpath "$1")
source=$2
export BUILD
. "$(dirname "$0")/check_functions.sh"
work=$(realpath "$work")
data=$BUILD/apps/detect-data

# ---- the data: COCO's folders, VOC's of two years, ImageNet's, CIFAR's
run 0 "$data" scenes --count 8 --size 96x80 --seed 3 -o "$work/scenes" -q
run 0 "$data" convert "$work/scenes/scenes.json" --to voc -o "$work/voc" -q
mkdir -p "$work/coco/annotations"
for part in train val; do
    cp "$work/scenes/scenes.json" \
        "$work/coco/annotations/instances_${part}2014.json"
    cp -r "$work/scenes/images" "$work/coco/${part}2014"
    cp "$work/scenes/scenes.json" "$work/coco/$part.json"
    cp -r "$work/scenes/images" "$work/coco/$part"
done
for year in 2007 2012; do
    folder=$work/devkit/VOC$year
    mkdir -p "$folder/Annotations" "$folder/JPEGImages" \
        "$folder/ImageSets/Main"
    while read -r name; do
        sed "s/<filename>/<filename>$year-/" "$work/voc/Annotations/$name.xml" \
            >"$folder/Annotations/$year-$name.xml"
        cp "$work/scenes/images/$name.jpg" "$folder/JPEGImages/$year-$name.jpg"
        echo "$year-$name"
    done <"$work/voc/ImageSets/Main/all.txt" \
        >"$folder/ImageSets/Main/trainval.txt"
    cp "$folder/ImageSets/Main/trainval.txt" "$folder/ImageSets/Main/test.txt"
done
for folder in imagenet/train imagenet/val cifar/train cifar/test; do
    mkdir -p "$work/$folder/cat" "$work/$folder/dog"
    cp "$work/scenes/images/scene-000001.jpg" "$work/$folder/cat/1.jpg"
    cp "$work/scenes/images/scene-000002.jpg" "$work/$folder/dog/2.jpg"
done

# the challenge's: scenes as images of one class, with all their boxes
for part in train val; do
    to=CLS-LOC/$part
    list=$work/ilsvrc/ImageSets/CLS-LOC/$part$([ $part = val ] || echo _loc).txt
    mkdir -p "$work/ilsvrc/Annotations/$to" "$work/ilsvrc/Data/$to" \
        "$work/ilsvrc/ImageSets/CLS-LOC"
    while read -r name; do
        cp "$work/voc/Annotations/$name.xml" "$work/ilsvrc/Annotations/$to/"
        cp "$work/scenes/images/$name.jpg" "$work/ilsvrc/Data/$to/$name.JPEG"
        echo "$name 1"
    done <"$work/voc/ImageSets/Main/all.txt" >"$list"
done

# recipe NAME RUN ARGUMENT...: a model comes out, and the same command again
# finds the run and is done.
recipe() {
    recipe=$1 folder=$work/runs/$2
    shift 2
    for time in first second; do
        run 0 sh "$source/recipes/$recipe.sh" "$@"
        holds "$recipe: a model ($time time)" [ -s "$folder/model.safetensors" ]
        holds "$recipe: a step" grep -q '"loss\|total_loss' \
            "$folder/metrics.jsonl"
    done
}
mkdir -p "$work/runs"
runs=$work/runs
steps='iterations=2 warmup=0 threads=1 save_every=100 log_every=1'
few="$steps batch=1 accumulate=1"
small='min_scale=64 max_scale=64 test_min_size=64 test_max_size=96
    roi_batch=16 pre_nms=100 post_nms=50 cache=16'

recipe cifar plain20 plain20 "$work/cifar" "$runs/plain20" $steps batch=2
# a net for 32 x 32 pixels, which is done at once, under another's name
recipe imagenet resnet18_a resnet20 "$work/imagenet" "$runs/resnet18_a" \
    $steps batch=2 accumulate=2 min_scale=32 max_scale=40
recipe imagenet_loc resnet101_loc/rescorer resnet18_small none "$work/ilsvrc" \
    "$runs/resnet101_loc" $steps batch=2 accumulate=2
holds 'proposals of every image' python3 -c 'import json, sys
assert len({r["image_id"] for r in json.load(open(sys.argv[1]))}) == 8
' "$runs/resnet101_loc/train.json"
recipe blood_cells bccd "$work/devkit/VOC2007" "$runs/bccd" $few $small crop=64
# the parts that take hours are there already
for part in nuclei/first nuclei/second nuclei/third nuclei/fourth \
    shapes/first shapes/second; do
    mkdir -p "$runs/$part"
    cp "$source/models/shapes.safetensors" "$runs/$part/model.safetensors"
done
recipe nuclei nuclei/run "$work/coco" "$runs/nuclei" $few $small crop=64
mkdir -p "$runs/shapes/train" "$runs/shapes/val"
for part in train val; do
    cp -r "$work/scenes/." "$runs/shapes/$part"
done
recipe shapes shapes/run "$runs/shapes" $few $small crop=64
c4=fasterrcnn_resnet18_c4_small
recipe coco coco-resnet101 $c4 "$work/coco" none "$runs/coco-resnet101" \
    $few $small
recipe coco coco-resnet101-context $c4 "$work/coco" none \
    "$runs/coco-resnet101-context" $few $small context=1
recipe voc voc07 $c4 07 "$work/devkit" "$runs/coco-resnet101/model.safetensors" \
    "$runs/voc07" $few $small
recipe voc voc07-resnet101 $c4 07+12 "$work/devkit" none \
    "$runs/voc07-resnet101" $few $small
holds '07 and 12' [ "$(files_in "$runs/voc07-resnet101/data/JPEGImages")" = 16 ]
holds '8 and 8' \
    [ "$(wc -l <"$runs/voc07-resnet101/data/ImageSets/Main/trainval.txt")" = 16 ]
recipe voc voc12-resnet101 $c4 07++12 "$work/devkit" none \
    "$runs/voc12-resnet101" $few $small
holds '8, 8 and 8' \
    [ "$(wc -l <"$runs/voc12-resnet101/data/ImageSets/Main/trainval.txt")" = 24 ]
run 2 sh "$source/recipes/voc.sh" $c4 06 "$work/devkit" none "$runs/x"
err_is 'voc.sh: SETS is 06; it must be 07, 12, 07+12 or 07++12'

# ---- the tables
reproduce() {
    code=$1
    shift
    run "$code" sh "$source/tools/reproduce.sh" "$@"
}
percent='[0-9]+\.[0-9][0-9]'
reproduce 0 cifar "$work/cifar" "$runs" "$work/results"
out_has '^\| +\| error \| paper: error \|$'
out_has "^\| plain-20 \| $percent \| - \|\$"
out_has '^\| ResNet-20 \| no model \| 8\.75 \|$'
err_has 'ResNet-20: there is no .*resnet20/model.safetensors; to make it:$'
err_has "^    sh recipes/cifar.sh resnet20 $work/cifar $runs/resnet20 epochs=164 "
err_has '1 of 10 rows have their models$'
mv "$work/out" "$work/before"
reproduce 0 cifar "$work/cifar" "$runs" "$work/results"
holds 'the same table' same_file "$work/before" "$work/out"
err_has 'plain-20: done before'
# another model of the name is judged anew
touch -d '2001-01-01' "$runs/plain20/model.safetensors"
reproduce 0 cifar "$work/cifar" "$runs" "$work/results"
holds 'the row ran again' [ "$(grep -c 'done before' "$work/err")" = 0 ]
holds 'the same table' same_file "$work/before" "$work/out"
reproduce 0 imagenet "$work/imagenet" "$runs"
out_has "^\| ResNet-18 A, ten windows \| $percent \| $percent \| 27.88 \| - \|\$"
reproduce 0 imagenet_loc "$work/ilsvrc" "$runs"
out_has "^\| RPN, the middle \| $percent \| $percent \| 13\.3 \| - \|\$"
out_has '^\| RPN and ResNet-101 \| no model \| no model \| - \| 14\.4 \|$'
err_has "^    sh recipes/imagenet_loc.sh .* $runs/resnet101_loc2 seed=2\$"
err_has "^    sh recipes/imagenet.sh resnet101 $work/ilsvrc/Data/CLS-LOC "
reproduce 0 voc07 "$work/devkit" "$runs"
out_has "^\| ResNet-101 \| $percent \| 76\.4 \|\$"
out_has '^\| VGG-16 \| no model \| 73\.2 \|$'
reproduce 0 voc12 "$work/devkit" "$runs"
reproduce 0 coco "$work/coco" "$runs"
out_has "^\| ResNet-101 \| $percent \| $percent \| 48\.4 \| 27\.2 \|\$"
reproduce 0 coco9 "$work/coco" "$runs"
out_has "^\| \+ box refinement \| $percent \| $percent \| 49\.9 \| 29\.9 \|\$"
out_has "^\| \+ multi-scale testing \| $percent "
out_has '^\| ensemble of three .* \| no model \| no model \| 59\.0 '
err_has 'context2 context=1 seed=2$'

# ---- refused, and rows that fail
reproduce 2 cifar
reproduce 2 table12 "$work/cifar" "$runs"
err_has 'there is no table table12; there are: .*cifar .*voc12'
reproduce 2 ../x "$work/cifar" "$runs"
reproduce 2 cifar "$work/nowhere" "$runs"
err_is "reproduce.sh: $work/nowhere: no folder"
echo broken >"$runs/plain20/model.safetensors"
reproduce 1 cifar "$work/cifar" "$runs" "$work/results"
out_has '^\| plain-20 \| failed \| - \|$'
err_has 'plain-20: detect-eval ended with 3$'
finish
