#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_data.sh DETECT_DATA: the command `detect-data` as a user sees it.
data=$1
. "$(dirname "$0")/check_functions.sh"

mkdir "$work/images"
make_picture "$work/images/a.png"
cp "$work/images/a.png" "$work/images/b.png"
object() {
    echo "{\"id\":$1,\"image_id\":$2,\"category_id\":$3,\"bbox\":[$4],"
    echo "\"area\":$5,\"segmentation\":[[10,10,10,30,40,30,40,10]]}"
}
cat >"$work/good.json" <<JSON
{"images":[{"id":1,"file_name":"a.png","width":96,"height":64},
{"id":2,"file_name":"b.png","width":96,"height":64}],
"categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}],
"annotations":[$(object 1 1 1 10,10,30,20 600),
$(object 2 2 2 10,10,30,20 600),$(object 3 2 1 5,5,50,50 2500)]}
JSON

# ---- the command line
run 2 "$data"
out_is ''
err_is "detect-data: what is to be done? check, stats, draw, convert, split or \
scenes (see detect-data -h)"
run 2 "$data" look "$work/good.json"
err_has 'the first argument is check, stats'
run 2 "$data" check
err_is 'detect-data: no annotations given (see detect-data -h)'
run 2 "$data" check a b
run 2 "$data" draw "$work/good.json" -o "$work/x"
err_has 'add --images DIR'
run 2 "$data" convert "$work/good.json" -o "$work/x"
err_has 'which format'
run 2 "$data" convert "$work/good.json" --to=word -o "$work/x"
err_has '"word" is not a format'
run 2 "$data" split "$work/good.json" -o "$work/x"
for list in 0.5,0.6 0,1 1,,0 -1 0.5: ''; do
    run 2 "$data" split "$work/good.json" --fractions="$list" -o "$work/x"
    err_lines 1
done
holds 'nothing was written' [ ! -e "$work/x" ]
for option in -h --help; do
    run 0 "$data" $option
    err_is ''
    out_has '^Usage: detect-data check ANNOTATIONS'
    out_has '^Exit codes: '
done
run 0 "$data" --version
out_has '^detect-data [0-9]+\.[0-9]+\.[0-9]+$'

# ---- check
run 0 "$data" check "$work/good.json" --images "$work/images"
err_is ''
out_has 'good.json: 2 images, 3 annotations, 2 categories: 0 kinds of error'
run 7 "$data" check "$work/good.json" --images "$work"
out_has '^error +image-missing \(2\)'
sed 's/"id":3,"image_id":2/"id":0,"image_id":9/' "$work/good.json" \
    >"$work/bad.json"
run 7 "$data" check "$work/bad.json"
out_has '^error +annotation-id-zero \(1\)'
out_has '^ +annotation 0: image_id 9$'
run 7 "$data" check "$work/bad.json" --json
out_has '"code":"image-unknown","subject":"annotation","count":1,"ids":\[0\]'
run 7 "$data" check "$work/missing.json"
err_has "missing.json: cannot open: No such file"
head -c 300 "$work/good.json" >"$work/cut.json"
run 7 "$data" check "$work/cut.json"
err_has 'cut.json: byte [0-9]+: '
sed 's/"id":2,"file/"id":1,"file/' "$work/good.json" >"$work/twice.json"
run 7 "$data" check "$work/twice.json"
out_has '^error +image-id-twice \(1\)'
run 7 "$data" stats "$work/twice.json"
err_has 'two images have the id 1'

# ---- stats
run 0 "$data" stats "$work/good.json"
err_is ''
out_has '^cat +2 +0 +2 +1 +1 +0 '
out_has '^dog +1 +0 +1 +1 +0 +0 '
out_has '^  1:1 - 3:2 +3 #+$|^  3:2 - 2:1 +2 #+$'
run 0 "$data" stats "$work/good.json" --json
out_has '"name":"cat","objects":2,'

# ---- convert, and back
for format in labelme yolo yolo-seg; do
    run 0 "$data" convert "$work/good.json" --to=$format -o "$work/$format" -q
    err_is ''
    run 0 "$data" convert "$work/$format" --images="$work/images" --to=coco \
        -o "$work/$format.json"
    box='5,5,50,50'
    [ $format = yolo-seg ] && box='10,10,30,20' # the outline's
    holds 'objects came back' grep -q "\"bbox\":\[$box\]" \
        "$work/$format.json"
    run 6 "$data" convert "$work/good.json" --to=$format -o "$work/$format"
    err_has 'is there already and is not replaced$'
    err_has '^detect-data: --force replaces what is there$'
    run 0 "$data" convert "$work/good.json" --to=$format -o "$work/$format" \
        --force
done
run 0 "$data" convert "$work/good.json" --to=voc -o "$work/voc/deep/er"
err_has 'warning: .*3 masks became boxes'
holds 'VOC' grep -q '<xmax>55</xmax>' "$work/voc/deep/er/Annotations/b.xml"
run 0 "$data" convert "$work/voc/deep/er" --to=coco -o "$work/voc.json"
holds 'objects came back' grep -q '"bbox":\[5,5,50,50\]' "$work/voc.json"
run 7 "$data" check "$work/voc/deep/er" --list=nothing
run 2 "$data" check "$work/voc/deep/er" --list=../x
holds 'the list' grep -qx b "$work/voc/deep/er/ImageSets/Main/all.txt"
run 7 "$data" convert "$work/yolo" --images="$work" --to=coco -o "$work/x.json"
err_has 'say where the images are'
holds 'nothing was written' [ ! -e "$work/x.json" ]

# ---- split
run 0 "$data" split "$work/good.json" --fractions=0.5,0.5 --seed=3 -o "$work/s"
holds 'train' grep -q '"file_name"' "$work/s/train.json"
holds 'one image each' [ "$(cat "$work"/s/*.json | grep -c '"file_name"')" = 2 ]
run 6 "$data" split "$work/good.json" --fractions=0.5,0.5 -o "$work/s"
err_is "detect-data: $work/s/train.json: is there already; --force replaces it"
run 0 "$data" split "$work/good.json" --fractions=0.5,0.5 --seed=3 -o \
    "$work/t" --names=one,two
holds 'the same split' same_file "$work/s/train.json" "$work/t/one.json"
for names in one ../x,y .x,y; do
    run 2 "$data" split "$work/good.json" --fractions=0.5,0.5 -o "$work/u" \
        --names="$names"
done

# ---- draw
run 0 "$data" draw "$work/good.json" --images="$work/images" -o "$work/drawn"
err_is "$work/drawn: 2 pictures"
holds 'PNG' is_png "$work/drawn/a.png"
holds 'something was drawn' [ "$(files_in "$work/drawn")" = 2 ]
run 6 "$data" draw "$work/good.json" --images="$work/images" -o "$work/drawn"
err_has 'a.png: is there already; --force replaces it'
run 2 "$data" draw "$work/good.json" --images="$work/images" \
    -o "$work/images" --force
err_has 'which are never overwritten'
echo 'no picture' >"$work/images/a.png"
run 1 "$data" draw "$work/good.json" --images="$work/images" -o "$work/drawn2"
err_has '^detect-data: .*a\.png: '
holds 'the other was drawn' is_png "$work/drawn2/b.png"
# ---- scenes
run 2 "$data" scenes -o "$work/scenes"
err_has 'how many scenes'
run 2 "$data" scenes a.json --count=1 -o "$work/scenes"
err_has 'reads no ANNOTATIONS'
for option in --size=320 --size=x --size=1x2x3 --objects=3 --count=0; do
    run 2 "$data" scenes --count=1 "$option" -o "$work/scenes"
    err_lines 1
done
run 2 "$data" scenes --count=1 --size=8x8 -o "$work/scenes"
err_has 'sides are 32 to 8192'
run 0 "$data" scenes --count=3 --size=120x90 --objects=2-4 -o "$work/scenes"
err_has '^.*/scenes: 3 scenes with [0-9]+ objects$'
holds 'JPEG' is_jpeg "$work/scenes/images/scene-000003.jpg"
run 0 "$data" check "$work/scenes/scenes.json" --images "$work/scenes/images"
run 0 "$data" stats "$work/scenes/scenes.json"
out_has '3 images'
run 6 "$data" scenes --count=3 --size=120x90 -o "$work/scenes"
err_has 'is there already; --force replaces it'
run 0 "$data" scenes --count=3 --size=120x90 --objects=2-4 -o "$work/again"
for file in scenes.json images/scene-000001.jpg images/scene-000003.jpg; do
    holds "the same $file" same_file "$work/scenes/$file" "$work/again/$file"
done
run 0 "$data" scenes --count=1 --size=120x90 --seed=2 -o "$work/other"
holds 'another seed' [ "$(cmp "$work/other/images/scene-000001.jpg" \
    "$work/again/images/scene-000001.jpg" | wc -l)" = 1 ]
run 6 "$data" scenes --count=1 -o "$work/good.json"

if [ -c /dev/full ]; then
    expected_code=6
    last_command='detect-data stats > /dev/full'
    "$data" stats "$work/good.json" >/dev/full 2>"$work/err"
    check_code $?
fi

finish
