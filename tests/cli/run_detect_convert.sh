#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_convert.sh DETECT DETECT_CONVERT MODEL: the command
# `detect-convert` as a user sees it.
detect=$1
convert=$2
model=$3
. "$(dirname "$0")/check_functions.sh"

# ---- the command line
run 2 "$convert"
out_is ''
kinds='.pth, .pkl, .caffemodel, .caffemodel.h5 or .safetensors'
err_is "detect-convert: no input given; name a $kinds file (see detect-convert -h)"
run 2 "$convert" "$model"
err_is 'detect-convert: no output given; add -o OUT.safetensors (see detect-convert -h)'
run 2 "$convert" "$model" "$model" -o "$work/x"
err_is 'detect-convert: one input file at a time (see detect-convert -h)'
run 2 "$convert" --no-such-option
err_has "unrecognized option '--no-such-option'"
for option in -h --help; do
    run 0 "$convert" $option
    err_is ''
    out_has '^Usage: detect-convert IN -o OUT\.safetensors'
    out_has '^Exit codes: '
done
run 0 "$convert" --version
out_has '^detect-convert [0-9]+\.[0-9]+\.[0-9]+$'
run 0 "$convert" --list-archs
err_is ''
every_line '^[A-Za-z0-9_-]+$'
out_has '^maskrcnn_resnet50_fpn$'

# ---- list
run 0 "$convert" --list "$model"
err_is ''
every_line "^[^	]+	[A-Z0-9_]+	\[([0-9]+(,[0-9]+)*)?\]\$"
if [ -c /dev/full ]; then
    expected_code=6
    last_command='detect-convert --list > /dev/full'
    "$convert" --list "$model" >/dev/full 2>"$work/err"
    check_code $?
fi

# ---- inputs that are refused
run 1 "$convert" "$work/missing.pth" -o "$work/x.safetensors"
out_is ''
missing="$work/missing.pth: cannot be opened"
err_is "detect-convert: $missing: No such file or directory"
run 1 "$convert" "$work" -o "$work/x.safetensors"
err_is "detect-convert: $work: not a regular file"
: >"$work/empty.pth"
echo 'these are words' >"$work/words.pkl"
head -c 100 "$model" >"$work/cut.safetensors"
# Protocol 2: os.system("touch ran"), as an attacker would write it.
printf '\200\002cos\nsystem\nU\011touch ranq\001\205R.' >"$work/evil.pkl"
for name in empty.pth words.pkl cut.safetensors evil.pkl; do
    run 3 "$convert" "$work/$name" -o "$work/x.safetensors"
    out_is ''
    err_lines 1
    err_has "^detect-convert: .*$name: "
    run 3 "$convert" --list "$work/$name"
    err_lines 1
done
holds 'nothing was written' [ ! -e "$work/x.safetensors" ]
holds 'nothing was run' [ ! -e "$work/ran" -a ! -e ran ]

# ---- outputs that are refused
cp "$model" "$work/in.safetensors"
ln -s in.safetensors "$work/link.safetensors"
for name in in link; do
    run 2 "$convert" "$work/in.safetensors" -o "$work/$name.safetensors"
    output="--output: $work/$name.safetensors"
    err_is "detect-convert: $output is the input, which is never overwritten"
done
holds 'the input is as it was' same_file "$work/in.safetensors" "$model"

# ---- half precision; a model says of itself what it said before
make_picture "$work/photo.png"
i=1
while [ $i -le 91 ]; do echo "thing $i"; i=$((i + 1)); done >"$work/names.txt"
run 0 "$convert" "$model" --classes="$work/names.txt" --mean=0.5,0.4,0.3 \
    -o "$work/named.safetensors"
run 0 "$convert" "$work/named.safetensors" --half -o "$work/half.safetensors"
run 0 "$convert" --list "$work/half.safetensors"
out_has '^backbone.body.conv1.weight	F16	'
out_has '^backbone.body.bn1.weight	F32	'
holds 'half the size' [ "$(wc -c <"$work/half.safetensors")" -lt \
    "$(($(wc -c <"$work/named.safetensors") * 51 / 100))" ]
for kind in named half; do
    run 0 "$detect" $quick -m "$work/$kind.safetensors" "$work/photo.png"
    out_has 'photo.png	thing [0-9]+	'
    cut -f 2 "$work/out" >"$work/$kind.labels"
    holds "$kind: the mean is kept" grep -aq '"mean":"0.5 0.4' \
        "$work/$kind.safetensors"
done
holds 'the same labels' same_file "$work/named.labels" "$work/half.labels"
run 0 "$convert" "$work/half.safetensors" -o "$work/again.safetensors"
run 0 "$convert" --list "$work/again.safetensors"
out_has '^backbone.body.conv1.weight	F32	'

# ---- Caffe's files: a network of one layer is none that is known
caffe=$(dirname "$0")/../fuzz/corpus/caffemodel
run 0 "$convert" --list "$caffe/layer"
out_has '^conv1.0	F32	\[2,3\]$'
out_has '^conv1.1	F32	\[2\]$'
run 3 "$convert" "$caffe/layer" -o "$work/x.safetensors"
err_has 'no known architecture has these tensors'
run 3 "$convert" --list "$caffe/two_gigabytes"
err_has 'byte 5: field 100 says that it has 2147483648 bytes; 3 are left'
hdf5=$(dirname "$0")/../fuzz/corpus/hdf5
run 0 "$convert" --list "$hdf5/nested"
out_has '^rpn_conv/3x3\.0	F32	\[1,2,1,3\]$'
run 3 "$convert" --list "$hdf5/chunked"
err_lines 1
err_has 'byte 1144: blob "a.0" is stored in chunks'

# ---- a mean image of 1 x 2: 1 and 3, 10 and 20, 100 and 101
printf '\010\001\020\003\030\001\040\002\052\030\0\0\200\077\0\0\100\100' \
    >"$work/mean.binaryproto"
printf '\0\0\040\101\0\0\240\101\0\0\310\102\0\0\312\102' \
    >>"$work/mean.binaryproto"
run 0 "$convert" "$model" --mean-file="$work/mean.binaryproto" \
    -o "$work/meant.safetensors"
holds 'means over places' grep -aq '"mean":"2 15 100.5"' \
    "$work/meant.safetensors"
run 3 "$convert" "$model" --mean-file="$model" -o "$work/x.safetensors"
err_has 'not a mean image of three channels'

finish
