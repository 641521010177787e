#!/bin/sh
# SPDX-License-Identifier: MIT
# run_class_data.sh DETECT_DATA: image folders, CIFAR's files, ImageNet's and
# SBD's folders as a user of `detect-data` sees them.
data=$1
. "$(dirname "$0")/check_functions.sh"

# ---- an image folder: lists, order, what is no image
for image in train/cat/b train/cat/a train/dog/deep/c val/cat/d; do
    mkdir -p "$work/set/$(dirname $image)"
    make_picture "$work/set/$image.PNG"
done
echo text >"$work/set/train/dog/notes.txt"
run 7 "$data" stats "$work/set"
err_is "detect-data: $work/set: there are several lists; say which one (--list): train, val"
run 0 "$data" stats "$work/set" --list=train
err_has 'warning: .*: 1 files are neither \.jpg, \.jpeg nor \.png'
out_has 'set: 3 images \(0 without a class\) of 2 classes; classification: no boxes$'
out_has '^cat +2 #+$'
out_has '^dog +1 #+$'
out_lines 5
run 0 "$data" stats "$work/set/train" --from=folder --json
out_has '"name":"cat","objects":2,'
run 0 "$data" check "$work/set" --list=train --images="$work/set"
out_has '^info +no-boxes$'
out_has 'Classification: no boxes\.'
out_has '3 images, 3 annotations, 2 categories: 0 kinds of error, 0 of warning, 1 of note$'
run 0 "$data" check "$work/set" --list=train -q
out_lines 1
echo broken >"$work/set/train/cat/a.PNG"
run 7 "$data" check "$work/set" --list=train --images="$work/set"
out_has '^error +image-broken \(1\)'
make_picture "$work/set/train/cat/a.PNG"
ln -s cat "$work/set/train/link"
run 7 "$data" check "$work/set" --list=train
err_has 'set/train/link: a symbolic link to a folder, which is not followed'
rm "$work/set/train/link"
run 7 "$data" check "$work/set" --list=nothing
err_has 'set/nothing: No such file'
run 2 "$data" check "$work/set" --list=../x

# ---- to other formats: classes stay in COCO's alone
run 0 "$data" convert "$work/set" --list=train --to=coco -o "$work/c.json"
err_has 'c\.json: written: 3 images as coco$'
holds 'no boxes' sh -c "! grep -q bbox '$work/c.json'"
run 0 "$data" check "$work/c.json" --images="$work/set"
out_has '^info +no-boxes$'
run 0 "$data" stats "$work/c.json"
out_has '^cat +2 #+$'
for format in voc yolo yolo-seg labelme; do
    run 0 "$data" convert "$work/set" --list=train --to=$format \
        -o "$work/$format"
    err_has 'warning: .*: 3 annotations were left out: .*classification'
done
run 0 "$data" split "$work/set" --list=train --fractions=0.5,0.5 -o "$work/s" -q
holds 'the classes are there' grep -q '"category_id":' "$work/s/val.json"
run 0 "$data" draw "$work/set" --list=train -o "$work/drawn"
err_has 'warning: .*classification: there are no boxes to draw'
err_has 'drawn: 3 pictures$'
run 2 "$data" draw "$work/c.json" -o "$work/x"
err_has 'where are the images\? add --images DIR'
holds 'nothing was written' [ ! -e "$work/x" ]
run 0 "$data" draw "$work/c.json" --images="$work/set" -o "$work/drawn2"

# ---- images without classes
mkdir -p "$work/flat/val"
make_picture "$work/flat/val/ILSVRC2012_val_00000001.JPEG"
run 7 "$data" stats "$work/flat" --from=folder --list=val
err_has '1 images in the folder val, but no folders that tell their classes'

# ---- CIFAR's records
record() { # LABEL
    printf "\\$1"
    head -c 3072 /dev/zero | tr '\000' '\200'
}
{ record 003; record 011; } >"$work/batch.bin"
run 0 "$data" stats "$work/batch.bin"
out_has '^cat +1 #+$'
out_has '^truck +1 #+$'
run 0 "$data" check "$work/batch.bin"
run 0 "$data" draw "$work/batch.bin" -o "$work/grey"
err_has 'grey: 2 pictures$'
holds 'named after their records' is_jpeg "$work/grey/batch.bin#1.jpg"
record 012 >>"$work/batch.bin"
run 7 "$data" stats "$work/batch.bin"
err_has 'batch\.bin: byte 6146: label 10; 0 to 9 are possible$'
head -c 3100 "$work/batch.bin" >"$work/cut.bin"
run 7 "$data" stats "$work/cut.bin" --from=cifar10
err_has 'cut\.bin: 3100 bytes; records have 3073, and the last one is cut at byte 3073'
mkdir "$work/cifar"
record 000 >"$work/cifar/test_batch.bin"
run 0 "$data" stats "$work/cifar" --list=test
out_has '^airplane +1 #+$'
run 7 "$data" stats "$work/cifar"
err_has 'no data_batch\*\.bin there'
{ printf '\007'; record 143; } >"$work/cifar/train.bin" # 99
run 0 "$data" stats "$work/cifar" --from=cifar100
out_has '^worm +1 #+$'

# ---- ImageNet's boxes
mkdir -p "$work/in/Annotations/DET/val" "$work/in/Data/DET/val"
make_picture "$work/in/Data/DET/val/v_1.JPEG"
cat >"$work/in/Annotations/DET/val/v_1.xml" <<XML
<annotation><filename>v_1</filename>
<size><width>96</width><height>64</height></size>
<object><name>n02</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>40</xmax>
<ymax>30</ymax></bndbox></object></annotation>
XML
echo 'n02 7 ant lion' >"$work/in/map_det.txt"
run 0 "$data" check "$work/in" --list=val --images="$work/in"
run 0 "$data" stats "$work/in"
out_has '^ant lion +1 +0 +1 '
run 0 "$data" draw "$work/in" -o "$work/drawn3"
err_is "$work/drawn3: 1 pictures"
run 7 "$data" stats "$work/in" --from=imagenet-loc
err_has 'there is no folder Annotations/CLS-LOC'

# ---- SBD's masks
mkdir -p "$work/sbd/inst"
echo none >"$work/sbd/inst/2008_000001.mat"
run 7 "$data" stats "$work/sbd"
err_has 'inst/2008_000001\.mat: byte 0: not a MAT-file of level 5'

finish
