#!/bin/sh
# SPDX-License-Identifier: MIT
# run_bad_images.sh DETECT MAKE_PICTURE MODEL: a picture that cannot be read
# gets one line that names it and what is wrong, and exit code 1; the others are
# done.  Odd pictures that are right are read.
detect=$1
make=$2
model=$3
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
"$make" jpeg 96 64 "$work/a.jpg" || exit 99
d() {
    code=$1
    shift
    run "$code" "$detect" -m "$model" $quick --format=jsonl "$@"
}

# Loading the model takes longest, so one run for all good ones and one for all
# bad ones.
# good FILE WIDTH HEIGHT, bad FILE WHAT: remember what to expect of a file.
: >"$work/good"
: >"$work/bad"
good() { printf '%s\t%s\n' "$1" "\"width\": *$2, *\"height\": *$3," >>"$work/good"; }
bad() { printf '%s\t%s\n' "$1" "$2" >>"$work/bad"; }
tab=$(printf '\t')

# ---- odd and right
good a.png 96 64
good a.jpg 96 64
for kind in rgb8 rgb16 gray16; do
    "$make" "$kind.png" 50 40 "$work/$kind.png" || exit 99
    good "$kind.png" 50 40
done
"$make" rgb8.png 1 1 "$work/dot.png" || exit 99
good dot.png 1 1
cp "$work/a.png" "$work/really_png.jpg"
good really_png.jpg 96 64
# The widest JPEG there can be, and one standing up.
"$make" jpeg 65500 2 "$work/wide.jpg" || exit 99
good wide.jpg 65500 2
"$make" rgb8.png 2 65500 "$work/tall.png" || exit 99
good tall.png 2 65500

cut -f 1 "$work/good" | sed "s|^|$work/|" >"$work/list"
d 0 --filelist="$work/list"
err_is ''
out_lines "$(wc -l <"$work/good")"
while IFS="$tab" read -r file sizes; do
    out_has "/$file\".*$sizes"
done <"$work/good"

# ---- wrong
: >"$work/empty.jpg"
bad empty.jpg 'empty'
echo 'no image' >"$work/words.png"
bad words.png 'not a picture'
printf '<!DOCTYPE html>' >"$work/page.jpg"
bad page.jpg 'HTML'
printf 'GIF89a' >"$work/moving.png"
bad moving.png 'GIF'
head -c 4096 /dev/zero >"$work/zero.jpg"
bad zero.jpg 'not a picture'
for name in a.png a.jpg; do
    size=$(wc -c <"$work/$name")
    for bytes in 1 3 9 20 40 $((size / 3)) $((size / 2)); do
        head -c "$bytes" "$work/$name" >"$work/$bytes$name"
        bad "$bytes$name" '[a-z]+'
    done
done
# 100,000 x 100,000 pixels, said in bytes 16 to 23 of a PNG.
cp "$work/a.png" "$work/bomb.png"
printf '\0\001\206\240\0\001\206\240' |
    dd of="$work/bomb.png" bs=1 seek=16 conv=notrunc 2>"$work/err"
bad bomb.png '[a-z]+'
mkdir "$work/folder.jpg"
bad folder.jpg 'no \.jpg, \.jpeg or \.png files in this folder'
bad missing.jpg 'No such file'

cut -f 1 "$work/bad" | sed "s|^|$work/|" >"$work/list"
d 1 --filelist="$work/list"
out_is ''
err_lines "$(wc -l <"$work/bad")"
while IFS="$tab" read -r file what; do
    err_has "^detect: [^ ]*/$file: .*$what"
done <"$work/bad"

# Root reads everything, so as somebody else when possible.
as_other=
[ "$(id -u)" -ne 0 ] ||
    as_other='setpriv --reuid=65534 --regid=65534 --clear-groups'
chmod 755 "$work"
cp "$work/a.png" "$work/closed.png"
chmod 0 "$work/closed.png"
if $as_other test -x "$detect" -a -r "$model" -a ! -r "$work/closed.png" \
    2>/dev/null; then
    run 1 $as_other "$detect" -m "$model" $quick "$work/closed.png"
    out_is ''
    err_lines 1
    err_has '/closed\.png: .*Permission denied'
else
    echo 'skipped: a file without permission'
fi
rm -f "$work/closed.png"

# ---- one among many: in the middle, first, last
cp "$work/a.png" "$work/b.png"
for order in 'a.png words.png b.png' 'words.png a.png b.png' \
    'a.png b.png words.png'; do
    set --
    for name in $order; do
        set -- "$@" "$work/$name"
    done
    d 1 "$@"
    out_lines 2
    err_lines 1
    err_has '/words\.png: '
done
mkdir "$work/many"
for i in 1 2 3 4; do
    cp "$work/a.jpg" "$work/many/$i.jpg"
done
head -c 30 "$work/a.jpg" >"$work/many/2.jpg"
d 1 "$work/many"
out_lines 3
err_lines 1
err_has '/many/2\.jpg: '
run 1 "$detect" -m "$model" $quick --format=coco "$work/many"
err_lines 1
holds 'the array is whole' [ "$(tail -c 2 "$work/out" | tr -d '\n')" = ']' ]
finish
