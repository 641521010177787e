#!/bin/sh
# SPDX-License-Identifier: MIT
# run_bad_models.sh DETECT EDIT_MODEL MODEL: a model that is wrong in one place
# gets one line that names the file and what is wrong, exit code 3, and nothing
# on stdout.
detect=$1
edit_model=$2
model=$3
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
bad=$work/bad.safetensors

# refused WHAT: the file $bad is, with a message that matches WHAT.
refused() {
    run 3 "$detect" -m "$bad" $quick "$work/a.png"
    out_is ''
    err_lines 1
    err_has "^detect: [^ ]*/bad\.safetensors: .*$1"
}

# edited FROM TO: a copy of the model with this text of the header replaced.
edited() {
    expected_code=0
    last_command="edit_model $1 $2"
    "$edit_model" "$model" "$bad" "$1" "$2" >"$work/out" 2>"$work/err"
    check_code $?
}

# ---- no model at all
rm -f "$bad"
refused 'cannot open: No such file or directory'
mkdir "$bad"
refused 'not a regular file'
rmdir "$bad"
mkfifo "$bad"
refused 'not a regular file'
rm "$bad"
: >"$bad"
refused 'byte 0: a file of 0 bytes'
printf '<!DOCTYPE html>\n<html><body>Not found</body></html>\n' >"$bad"
refused 'byte 0: .*not a safetensors file'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' >"$bad"
refused 'byte 0: .*not a safetensors file'
as_other=
[ "$(id -u)" -ne 0 ] ||
    as_other='setpriv --reuid=65534 --regid=65534 --clear-groups'
chmod 755 "$work"
head -c 100 "$model" >"$bad"
chmod 0 "$bad"
if $as_other test -x "$detect" -a ! -r "$bad" 2>/dev/null; then
    run 3 $as_other "$detect" -m "$bad" $quick "$work/a.png"
    out_is ''
    err_lines 1
    err_has '/bad\.safetensors: cannot open: Permission denied'
else
    echo 'skipped: a file without permission'
fi
rm -f "$bad"

# ---- the container
printf '\0\0\0\0\0\0\0\200{}' >"$bad"
refused 'byte 0: .*9223372036854775808'
printf '\377\377\377\377\377\377\377\377{}' >"$bad"
refused 'byte 0: .*18446744073709551615'
printf '\003\0\0\0\0\0\0\0{}' >"$bad"
refused 'byte 0: a header of 3 bytes, but the file ends after 2'
printf '\002\0\0\0\0\0\0\0[]' >"$bad"
refused 'byte 8: '
for bytes in 1 7 8 9 100 1000 10000; do
    head -c "$bytes" "$model" >"$bad"
    refused 'byte 0: '
done
size=$(wc -c <"$model")
for bytes in 100000 1000000 $((size / 2)) $((size - 1)); do
    head -c "$bytes" "$model" >"$bad"
    refused 'byte [0-9]+: data_offsets lie outside the file'
done
cp "$model" "$bad"
printf x >>"$bad"
refused "byte $size: 1 bytes that belong to no tensor"

# ---- what the file says of itself
printf '\002\0\0\0\0\0\0\0{}' >"$bad"
refused 'not a model file: its metadata has no "format"; .*detect-convert'
edited '"architecture":"maskrcnn_resnet18' '"architecture":"maskrcnn_resnet99'
refused 'unknown architecture "maskrcnn_resnet99_fpn"; detect-convert '
edited '"format":"libdetect 1"' '"format":"libdetect 2"'
refused 'model format "libdetect 2"; this library reads "libdetect 1"'
edited '"preset":"' '"preset":"x'
refused 'unknown preset "x'
edited '"min_size":"' '"min_size":"-'
refused 'metadata "min_size" is "-[0-9]+"'
edited '"std":"' '"std":"0 '
refused 'metadata "std" is "0 '
edited '"format":' '"class_agnostic":"yes","format":'
refused 'metadata "class_agnostic" is "yes"; 0 or 1'
edited '"format":' '"class_agnostic":"1","format":'
refused 'metadata "class_agnostic" is 1, .*; there are 364'
edited '"classes":"' '"classes":"one more\n'
refused '92 class names for a model of 91 labels'

# ---- tensors
first=backbone.body.conv1.weight
edited "\"$first\"" '"other"'
refused "tensor \"$first\" is missing"
edited ",\"$first\"" \
    ",\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"$first\""
refused 'tensor "extra" does not belong to this architecture'
edited 'conv1.weight":{"dtype":"F32","shape":[64,3,7,7]' \
    'conv1.weight":{"dtype":"F32","shape":[64,7,3,7]'
refused "tensor \"$first\" has shape \[64 x 7 x 3 x 7\]; the network needs \[64 x 3 x 7 x 7\]"
edited 'conv1.weight":{"dtype":"F32"' 'conv1.weight":{"dtype":"I32"'
refused "tensor \"$first\" is I32; a model has F32, F16 or BF16"
edited 'conv1.weight":{"dtype":"F32"' 'conv1.weight":{"dtype":"F64"'
refused 'byte [0-9]+: data_offsets do not fit dtype and shape'

# The last weight: NaN, then infinity (little endian).
cp "$model" "$bad"
chmod u+w "$bad"
for value in '\0\0\300\177' '\0\0\200\377'; do
    printf "$value" |
        dd of="$bad" bs=1 seek=$((size - 4)) conv=notrunc 2>"$work/err"
    refused 'tensor "[^"]+" holds (NaN|an infinity) at element [0-9]+'
done

# ---- what is wrong is said at the end of a long path, too
deep=$work
for i in 1 2 3 4 5 6; do
    deep=$deep/$(printf 'd%0200d' 0)
done
mkdir -p "$deep"
run 3 "$detect" -m "$deep/none.safetensors" "$work/a.png"
err_lines 1
err_has '/none\.safetensors: cannot open: No such file or directory$'

# ---- and the model itself is good
edited 'libdetect 1' 'libdetect 1'
run 0 "$detect" -m "$bad" $quick "$work/a.png"
err_is ''
finish
