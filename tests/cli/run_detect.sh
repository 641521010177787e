#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect.sh DETECT DETECT_CONVERT MODEL: the command `detect` as a user
# sees it.  MODEL is any small model; what it finds does not matter as long as
# it finds something at --score-threshold 0.
detect=$1
model=$3
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
d() {
    code=$1
    shift
    run "$code" "$detect" -m "$model" $quick "$@"
}

# ---- the command line
run 2 "$detect"
out_is ''
no_image='detect: no image given; name a FILE, a DIR, or - for standard input'
err_is "$no_image (see detect -h)"
run 2 "$detect" -m '' "$work/a.png"
err_lines 1
err_has "^detect: the model's name is empty; use -m FILE"
run 0 "$detect" --help
err_is ''
out_has '^Usage: detect \[OPTIONS\] FILE\|DIR\|-\.\.\.$'
out_has '--score-threshold=X'
out_has '^Exit codes: 0 all done;'
examples=$(sed -n '/^Examples:/,/^$/p' "$work/out" | grep -c '|*detect .*-')
holds 'four examples' [ "$examples" -ge 4 ]
run 0 "$detect" -h
err_is ''
out_has '^Examples:$'
holds 'the short help is short' [ "$(wc -l <"$work/out")" -le 24 ]
run 0 "$detect" --version
err_is ''
out_has '^detect [0-9]+\.[0-9]+\.[0-9]+$'
out_has '^build: '
run 2 "$detect" --no-such-option
out_is ''
err_has "unrecognized option '--no-such-option'"

# ---- what a CPU has not
for value in tf32 bf16 fp16; do
    run 2 "$detect" -m "$model" "--precision=$value" "$work/a.png"
    out_is ''
    err_lines 1
    err_has 'the CPU computes with floats as they are: --precision is for GPUs$'
done
run 2 "$detect" -m "$model" --precision=fp8 "$work/a.png"
err_is 'detect: --precision: must be fp32, tf32, bf16 or fp16 (see detect -h)'

# ---- several at once
for value in 0 65 x; do
    d 2 "--batch=$value" "$work/a.png"
    out_is ''
    err_is "detect: --batch $value: must be a whole number from 1 to 64 (see detect -h)"
done
make_picture "$work/b.png"
cp "$work/b.png" "$work/c.png"
echo broken >"$work/broken.png"
d 1 --in-order "$work/a.png" "$work/broken.png" "$work/b.png" "$work/c.png"
cp "$work/out" "$work/one_by_one"
cp "$work/err" "$work/one_by_one.err"
for count in 2 3 64; do
    d 1 --in-order --batch=$count "$work/a.png" "$work/broken.png" \
        "$work/b.png" "$work/c.png"
    holds 'the same results' cmp "$work/out" "$work/one_by_one"
    holds 'the same errors' cmp "$work/err" "$work/one_by_one.err"
done
d 0 --batch=2 -o "$work/drawn" "$work/a.png" "$work/b.png" "$work/c.png"
holds 'all are drawn' [ "$(ls "$work/drawn" | wc -l)" -eq 3 ]
# ... for which there is no memory; sanitizers need more of it for one as well
large='--score-threshold=0 --min-size=640 --max-size=960'
large_photos() { # OPTION...
    with_less_memory "$detect" -m "$model" $large "$@"
}
if large_photos "$work/a.png" >"$work/out" 2>&1; then
    a=$work/a.png b=$work/b.png c=$work/c.png
    run 0 large_photos --batch=6 "$a" "$b" "$c" "$a" "$b" "$c" \
        "$a" "$b" "$c" "$a" "$b" "$c"
    out_lines 12
    err_lines 1 # once
    err_has '^detect: warning: --batch: out of memory: .*; going on one by one$'
fi
rm -r "$work/drawn" "$work/b.png" "$work/c.png" "$work/broken.png"

# ---- the model in the box
run 0 "$detect" $quick "$work/a.png"
err_has '^detect: no -m: the model in the box, which knows drawn shapes'
every_line "^$work/a\.png	[a-zA-Z0-9 ]+	0\.[0-9]{4}	"
run 0 "$detect" -q $quick "$work/a.png"
err_is ''
mkdir "$work/alone"
cp "$detect" "$work/alone/detect"
run 2 "$work/alone/detect" "$work/a.png"
err_lines 1
err_has '^detect: no model given, and none came with detect; use -m FILE or '

# ---- numbers
for value in 1.5 -0.1 nan inf 0x1 '' ' 0.5' 0.5x 1e999; do
    run 2 "$detect" -m "$model" "--score-threshold=$value" "$work/a.png"
    out_is ''
    err_is "detect: --score-threshold $value: must be a number from 0 to 1 (see detect -h)"
done
run 2 "$detect" -m "$model" --nms-threshold 2 "$work/a.png"
err_is 'detect: --nms-threshold 2: must be a number from 0 to 1 (see detect -h)'
for value in 0 -1 +1 1.0 10001 99999999999999999999 ''; do
    run 2 "$detect" -m "$model" "--max-detections=$value" "$work/a.png"
    err_is "detect: --max-detections $value: must be a whole number from 1 to 10000 (see detect -h)"
done
run 2 "$detect" -m "$model" -t 1025 "$work/a.png"
err_is 'detect: --threads 1025: must be a whole number from 0 to 1024 (see detect -h)'
run 2 env DETECT_THREADS=many "$detect" -m "$model" "$work/a.png"
err_is 'detect: DETECT_THREADS many: must be a whole number from 0 to 1024 (see detect -h)'
run 2 "$detect" -m "$model" --min-size=0 "$work/a.png"
run 2 "$detect" -m "$model" --min-size=200 --max-size=100 "$work/a.png"
err_is 'detect: --min-size is larger than --max-size (see detect -h)'
run 2 "$detect" -m "$model" --refine=17 "$work/a.png"
err_is 'detect: --refine 17: must be a whole number from 0 to 16 (see detect -h)'
run 2 "$detect" -m "$model" --proposals=20001 "$work/a.png"
err_is 'detect: --proposals 20001: must be a whole number from 1 to 20000 (see detect -h)'
run 2 "$detect" -m "$model" --vote=2 "$work/a.png"
err_is 'detect: --vote 2: must be a number from 0 to 1 (see detect -h)'
run 2 "$detect" -m "$model" --soft-nms=hard "$work/a.png"
err_is 'detect: --soft-nms: must be linear or gaussian (see detect -h)'
run 2 "$detect" -m "$model" --soft-sigma=0.4 "$work/a.png"
err_is 'detect: --soft-sigma goes with --soft-nms=gaussian (see detect -h)'
run 2 "$detect" -m "$model" --scales=200,x "$work/a.png"
err_is 'detect: --scales x: must be a whole number from 16 to 16384 (see detect -h)'
run 2 "$detect" -m "$model" \
    --scales=20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36 "$work/a.png"
err_is 'detect: --scales: more than 16 numbers (see detect -h)'
run 2 "$detect" -m "$model" --scales=1001,1002,1003,1004,1005,1006,1007,1008,\
1009,1010,1011,1012,1013,1014,1015,1009 "$work/a.png"
err_has 'each larger than the last'
run 2 "$detect" -m "$model" --no-flip "$work/a.png"
err_is 'detect: --no-flip goes with --scales (see detect -h)'
run 2 "$detect" -m "$model" --scale-merge=pooled "$work/a.png"
err_is 'detect: --scale-merge goes with --scales (see detect -h)'
run 2 "$detect" -m "$model" --scales=200,400 --scale-merge=pooled "$work/a.png"
err_lines 1
err_has 'has no single map of which regions could take the greater'
run 2 "$detect" -m "$model" --scales=400,200 "$work/a.png"
err_lines 1
err_has 'each larger than the last'
run 0 "$detect" -q -m "$model" --scales=80,96 "$work/a.png"
run 2 "$detect" -m "$model" -m "$model" -m "$model" -m "$model" -m "$model" \
    -m "$model" -m "$model" -m "$model" -m "$model" "$work/a.png"
err_is 'detect: more than 8 models (see detect -h)'
run 2 "$detect" -m "$model" --format=xml "$work/a.png"
err_is 'detect: --format xml: must be text, json, jsonl, csv or coco (see detect -h)'
run 4 "$detect" -m "$model" --device=abacus "$work/a.png"
out_is ''
err_lines 1

# ---- models
run 3 "$detect" -m "$work/none.safetensors" "$work/a.png"
out_is ''
err_lines 1
err_has '^detect: .*none\.safetensors: '
run 3 "$detect" -m "$work/a.png" "$work/a.png"
err_lines 1
err_has '^detect: .*a\.png: '
head -c 100 "$model" >"$work/cut.safetensors"
run 3 "$detect" -m "$work/cut.safetensors" "$work/a.png"
err_lines 1

# ---- one image, text
line="^[^	]*a\.png	[^	]+	[01]\.[0-9]{4}(	-?[0-9]+\.[0-9]{2}){4}\$"
d 0 "$work/a.png"
err_is ''
every_line "$line"
holds 'at most five' [ "$(wc -l <"$work/out")" -le 5 ]
cp "$work/out" "$work/first"
run 0 env DETECT_MODEL="$model" "$detect" $quick "$work/a.png"
holds 'DETECT_MODEL does the same' same_file "$work/out" "$work/first"
d 0 -t 1 --device=cpu --time "$work/a.png"
for stage in decode resize backbone rpn roi mask paste total; do
    err_has "^$stage +[0-9]+\.[0-9]+ "
done
err_has '^peak memory: [0-9.]+ MiB$'
d 0 -v "$work/a.png"
err_has 'a\.png: 96x64, [0-9]+ objects, '

# ---- standard input
expected_code=0
last_command='detect - < a.png'
"$detect" -m "$model" $quick - \
    <"$work/a.png" >"$work/out" 2>"$work/err"
check_code $?
sed 's/^[^	]*/-/' "$work/first" >"$work/expected"
holds 'stdin gives the same objects' same_file "$work/out" "$work/expected"
d 1 -
err_lines 1
err_has '^detect: standard input: '
d 2 - -
out_is ''
err_is 'detect: standard input (-) can be used only once'

# ---- broken and missing images
d 1 "$work/missing.jpg"
out_is ''
err_lines 1
err_has '^detect: .*missing\.jpg: '
head -c 100 "$work/a.png" >"$work/broken.png"
: >"$work/empty.jpg"
echo 'no image' >"$work/words.jpg"
cp "$work/a.png" "$work/b.png"
d 1 "$work/a.png" "$work/broken.png" "$work/empty.jpg" "$work/words.jpg" \
    "$work/b.png"
err_lines 3
for name in broken.png empty.jpg words.jpg; do
    err_has "^detect: .*$name: "
done
out_has 'a\.png	'
out_has 'b\.png	'
d 1 --max-pixels=6143 "$work/a.png"
err_lines 1
d 0 --max-pixels=6144 "$work/a.png"
# Root reads everything, so as somebody else when possible.
as_other=
[ "$(id -u)" -ne 0 ] ||
    as_other='setpriv --reuid=65534 --regid=65534 --clear-groups'
chmod 755 "$work"
cp "$work/a.png" "$work/closed.png"
chmod 0 "$work/closed.png"
if $as_other test -x "$detect" -a -r "$model" -a ! -r "$work/closed.png" \
    2>/dev/null; then
    run 1 $as_other "$detect" -m "$model" $quick \
        "$work/closed.png" "$work/a.png"
    err_lines 1
    err_has 'closed\.png: .*Permission denied'
    out_has 'a\.png	'
else
    echo 'skipped: a file without permission'
fi
rm -f "$work/closed.png"
if [ -r /proc/self/mem ]; then # opens, and then every read fails
    d 1 /proc/self/mem "$work/a.png"
    err_lines 1
    err_has '^detect: /proc/self/mem: '
fi

# ---- folders and lists
mkdir "$work/none" "$work/tree" "$work/tree/deeper" "$work/tree/.hidden"
d 1 "$work/none"
out_is ''
no_images="detect: $work/none: no .jpg, .jpeg or .png files in this folder"
err_is "$no_images (-r looks into the folders below it)"
cp "$work/a.png" "$work/tree/2.PNG"
cp "$work/a.png" "$work/tree/10.png"
cp "$work/a.png" "$work/tree/deeper/3.png"
cp "$work/a.png" "$work/tree/.hidden/4.png"
cp "$work/a.png" "$work/tree/._5.png"
echo text >"$work/tree/notes.txt"
ln -s .. "$work/tree/deeper/loop"
d 0 --format=jsonl "$work/tree"
err_is ''
out_lines 2
holds 'sorted by name' eval 'head -n 1 "$work/out" | grep -q "10\.png"'
d 0 --format=jsonl -r "$work/tree"
out_lines 3
holds 'depth first' eval 'tail -n 1 "$work/out" | grep -q "deeper/3\.png"'
d 1 -r "$work/none"
err_is "$no_images or below it"
d 1 --format=jsonl "$work/none" "$work/a.png"
out_lines 1
printf '%s\n\n%s\r\n' "$work/a.png" "$work/b.png" >"$work/list"
d 0 --format=jsonl --filelist="$work/list"
out_lines 2
printf '%s\0%s\0' "$work/a.png" "$work/b.png" >"$work/list0"
d 0 --format=jsonl -0 --filelist "$work/list0"
out_lines 2
d 1 --filelist="$work/missing.list"
err_lines 1
err_has 'missing\.list: cannot be opened: '
: >"$work/empty.list"
d 1 --filelist="$work/empty.list"
err_has 'empty\.list: the list is empty'
d 2 --filelist=- -
err_is 'detect: standard input (-) can be used only once'
odd=$(printf 'x\ty\nz\\.png')
cp "$work/a.png" "$work/$odd"
d 0 "$work/$odd"
every_line '/x\\ty\\nz\\\\\.png	'

finish
