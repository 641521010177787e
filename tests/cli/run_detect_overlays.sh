#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_overlays.sh DETECT DETECT_CONVERT MODEL: --output.
detect=$1
model=$3
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
cp "$work/a.png" "$work/b.png"
cp "$work/a.png" "$work/original"
d() {
    code=$1
    shift
    run "$code" "$detect" -m "$model" $quick "$@"
}

# ---- one image
d 0 -o "$work/seen.png" "$work/a.png"
err_is ''
holds 'a PNG' is_png "$work/seen.png"
holds 'something was drawn' eval '! same_file "$work/seen.png" "$work/a.png"'
d 0 -o "$work/seen.JPEG" "$work/a.png"
holds 'a JPEG' is_jpeg "$work/seen.JPEG"
d 0 "$work/seen.png" "$work/seen.JPEG"
for off in --no-masks --no-boxes --no-labels --no-scores --line-width=3; do
    d 0 "$off" -o "$work/less.png" "$work/a.png"
    holds "$off makes another picture" \
        eval '! same_file "$work/less.png" "$work/seen.png"'
done
d 0 --no-masks --no-boxes --no-labels --no-scores -o "$work/plain.png" \
    "$work/a.png"
holds 'nothing was drawn' eval '! same_file "$work/plain.png" "$work/seen.png"'
d 2 -o "$work/seen.gif" "$work/a.png"
out_is ''
name='name a .jpg, .jpeg or .png, or a folder with a slash at the end'
err_is "detect: --output $work/seen.gif: $name"
d 0 -o "$work/folder/" "$work/a.png"
holds 'named as the image' is_png "$work/folder/a.png"
d 6 -o "$work/no/such/folder/a.png" "$work/a.png"
err_has 'no/such/folder/a\.png: cannot be written: No such file'

# ---- many
d 0 -o "$work/many" "$work/a.png" "$work/b.png" "$work/seen.JPEG" \
    "$work/folder/a.png"
err_is ''
holds 'four pictures' [ "$(files_in "$work/many")" -eq 4 ]
for name in a.png b.png a-2.png; do
    holds "$name is a PNG" is_png "$work/many/$name"
done
holds 'seen.JPEG is a JPEG' is_jpeg "$work/many/seen.JPEG"
d 2 -o "$work/one.png" "$work/a.png" "$work/b.png"
err_is "detect: --output $work/one.png: one picture, but there are 2 images; name a folder"
d 1 -o "$work/some" "$work/a.png" "$work/missing.png"
holds 'only the good one' [ "$(files_in "$work/some")" -eq 1 ]
cp "$work/a.png" "$work/unnamed"
expected_code=0
last_command='detect -o DIR unnamed - < a.png'
"$detect" -m "$model" $quick -o "$work/mixed" "$work/unnamed" - \
    <"$work/a.png" >"$work/out" 2>"$work/err"
check_code $?
holds 'unnamed.jpg' is_jpeg "$work/mixed/unnamed.jpg"
holds 'stdin.jpg' is_jpeg "$work/mixed/stdin.jpg"

# ---- inputs are never overwritten, by whatever name
ln -s a.png "$work/link.png"
ln "$work/b.png" "$work/hard.png"
for target in "$work/a.png" "$work/./a.png" "$work/link.png"; do
    d 2 -o "$target" "$work/a.png"
    out_is ''
    refused='is one of the inputs, which are never overwritten'
    err_is "detect: --output: $target $refused; choose another name or folder"
done
d 2 -o "$work/hard.png" "$work/b.png"
d 2 -o "$work" "$work/a.png"
d 2 -o "$work/" "$work/a.png" "$work/b.png"
expected_code=2
last_command='detect -o a.png - < a.png'
"$detect" -m "$model" -o "$work/a.png" - <"$work/a.png" >"$work/out" \
    2>"$work/err"
check_code $?
for name in a.png b.png link.png hard.png; do
    holds "$name is as it was" same_file "$work/$name" "$work/original"
done

# ---- all or nothing
if [ -d /dev/shm ] && ! [ "$(id -u)" -eq 0 ]; then
    mkdir "$work/locked"
    chmod 500 "$work/locked"
    d 6 -o "$work/locked/a.png" "$work/a.png"
    err_has 'locked/a\.png: cannot be written: Permission denied'
fi
mkdir "$work/small"
expected_code=6
last_command='detect -o FILE with a limit of the file size'
(
    trap '' XFSZ
    ulimit -f 1
    exec "$detect" -m "$model" $quick -o "$work/small/a.png" \
        "$work/a.png" >"$work/out" 2>"$work/err"
)
check_code $?
err_has 'small/a\.png: cannot be written: File too large'
holds 'nothing is left behind' [ "$(files_in "$work/small")" -eq 0 ]

finish
