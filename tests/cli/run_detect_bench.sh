#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_bench.sh DETECT_BENCH BENCH_CHECK MODEL CLASSIFIER LOCALIZER: the
# command `detect-bench` as a user sees it.  How long anything takes does not
# matter, as long as the numbers agree with each other.
bench=$1
check=$2
model=$3
classifier=$4
localizer=$5
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
b() {
    code=$1
    shift
    run "$code" "$bench" -m "$model" $quick --repeat=1 --warmup=0 "$@"
}
c() {
    code=$1
    shift
    run "$code" "$bench" -m "$classifier" --repeat=1 --warmup=0 "$@"
}
# The object on stdout is whole, and its numbers agree.
json_is_right() {
    checks=$((checks + 1))
    "$check" <"$work/out" >"$work/wrong" || {
        fail 'the JSON is wrong'
        head -n 20 "$work/wrong"
    }
}

# ---- the command line
see='(see detect-bench -h)'
run 2 "$bench"
out_is ''
no_photo='no photo given; name a file, or --size=HxW for a drawing'
err_is "detect-bench: $no_photo $see"
run 2 "$bench" -m "$model" --layers
err_is "detect-bench: $no_photo $see"
run 2 "$bench" -m '' "$work/a.png"
err_lines 1
err_has "^detect-bench: the model's name is empty; use -m FILE"
run 2 env DETECT_MODEL= "$bench" "$work/a.png"
err_has "^detect-bench: the model's name is empty; use -m FILE"
run 2 "$bench" -m "$model" -m "$model" "$work/a.png"
err_is "detect-bench: -m: one model at a time $see"
b 2 "$work/a.png" "$work/a.png"
err_is "detect-bench: more than one photo $see"
b 2 -
err_lines 1
err_has 'each run reads the photo again'
b 2 --size=64x64 "$work/a.png"
err_is "detect-bench: --size is of a drawing, in place of a photo $see"
for value in '' 64 x 64x x64 0x64 64x0 64x64x64 -1x64 64X64 ' 64x64' 16385x1 \
    99999999999999999999x1; do
    b 2 "--size=$value"
    out_is ''
    must='must be a height and a width from 1 to 16384, as 480x640'
    err_is "detect-bench: --size $value: $must $see"
done
for value in 0 -1 1.5 1000001 ''; do
    b 2 "--repeat=$value" "$work/a.png"
    must='must be a whole number from 1 to 1000000'
    err_is "detect-bench: --repeat $value: $must $see"
done
b 2 --warmup=some "$work/a.png"
must='must be a whole number from 0 to 1000000'
err_is "detect-bench: --warmup some: $must $see"
for value in 0 1025; do
    c 2 "--batch=$value" "$work/a.png"
    err_is "detect-bench: --batch $value: must be a whole number from 1 to 1024 $see"
done
b 2 --threads=257 "$work/a.png"
err_is "detect-bench: --threads 257: must be a whole number from 0 to 256 $see"
run 2 env DETECT_THREADS=many "$bench" -m "$model" "$work/a.png"
err_is "detect-bench: DETECT_THREADS many: must be a whole number from 0 to 256 $see"
b 2 --min-size=200 --max-size=100 "$work/a.png"
err_is "detect-bench: --min-size is larger than --max-size $see"
b 2 --no-such-option
err_has "unrecognized option '--no-such-option'"
run 0 "$bench" --help
err_is ''
out_has '^Usage: detect-bench \[OPTIONS\] PHOTO$'
out_has '--score-threshold=X'
out_has '^Exit codes: 0 done;'
run 0 "$bench" --version
out_has '^detect-bench [0-9]+\.[0-9]+\.[0-9]+$'

# ---- models
run 3 "$bench" -m "$work/none.safetensors" "$work/a.png"
out_is ''
err_lines 1
err_has '^detect-bench: .*none\.safetensors: '
run 3 "$bench" -m "$localizer" "$work/a.png"
out_is ''
err_lines 1
err_has 'finds boxes of classes that are told'
b 2 --batch=65 "$work/a.png"
out_is ''
err_lines 1
err_has 'a detector looks at no more than 64 photos at once$'
run 2 "$bench" --batch=65 --size=32x32
out_is ''
err_lines 1
err_has 'a detector looks at no more than 64 photos at once$'
c 2 --proposals=5 "$work/a.png"
out_is ''
err_is "detect-bench: --proposals: $classifier is a classifier"
run 4 "$bench" -m "$model" --device=abacus "$work/a.png"
err_lines 1

# ---- photos that are none
printf '' >"$work/empty.jpg"
echo 'no image' >"$work/words.png"
head -c 400 "$work/a.png" >"$work/half.png"
printf '\377\330\377\340 nothing more' >"$work/broken.jpg"
for photo in empty.jpg words.png half.png broken.jpg none.png; do
    b 1 "$work/$photo"
    out_is ''
    err_lines 1
    err_has "^detect-bench: .*$photo: "
done
b 1 "$work"
out_is ''
err_lines 1
b 1 --max-pixels=1000 "$work/a.png"
out_is ''
err_lines 1
err_has 'a\.png: '

# ---- tables
b 0 "$work/a.png"
out_has '^model +.*\(maskrcnn_resnet18_fpn\)$'
out_has '^image +.*a\.png, 96 x 64$'
out_has '^OpenBLAS +[A-Za-z0-9_]+$'
out_has '^its limit +[0-9.]+ GFLOP/s, one thread [0-9.]+ \(multiply-adds, '
for stage in decode resize backbone rpn roi mask paste total; do
    out_has "^$stage +[0-9]+\.[0-9]{2} "
done
out_has '^runs: 1, [0-9.]+ images/s$'
out_has '^peak memory: [0-9.]+ MiB$'
holds 'no layers' [ "$(grep -c backbone "$work/out")" -eq 1 ]
b 0 --batch=2 "$work/a.png"
out_has '^image +.*a\.png, 96 x 64, 2 times$'
b 0 --layers --size=64x96
out_has '^image +a drawing, 96 x 64$'
out_has '^backbone\.body\.conv1 +direct +1x64x96x3 +1x32x48x64 +7 +1 '
out_has '^backbone\.body\.layer1\.0\.conv1 +winograd +1x16x24x64 +1x16x24x64 +3 +1 '
out_has '^roi_heads\.mask_predictor\.mask_fcn_logits +select '
holds 'a drawing is not decoded' [ "$(grep -c '^decode' "$work/out")" -eq 0 ]
run 0 env DETECT_MODEL="$model" "$bench" -q $quick --repeat=1 "$work/a.png"
err_is ''
run 0 "$bench" -q --repeat=1 --warmup=0 --size=64x64 -t 1
out_has '^model +.*\(maskrcnn_resnet18_small\)$'
out_has '^threads +1$'

# ---- JSON
b 0 --json --layers -t 1 "$work/a.png"
out_lines 1
out_has '^\{"program":"detect-bench","cpu":"'
out_has '"threads":1,'
out_has '"runs":1,"batch":1,'
out_has '"stages":\[\{"name":"decode",'
out_has '"name":"roi_heads\.box_head\.fc6","algorithm":"linear","in":\[50,7,7,'
out_has '"in":\[50,7,7,256\],"out":\[50,1,1,1024\],"kernel":7,"calls":1,'
json_is_right
b 0 --json "$work/a.png"
out_has '"layers":\[\],'
json_is_right
b 0 --json --layers --in-order --size=64x96
out_has '"photo":null,"height":64,"width":96,'
holds 'taps one by one' [ "$(grep -c winograd "$work/out")" -eq 0 ]
json_is_right
run 0 "$bench" -m "$model" $quick --repeat=3 --json --layers "$work/a.png"
out_has '"runs":3,'
json_is_right

# ---- classifiers
c 0 --size=32x32 --batch=8 --layers
out_has '^image +a drawing, 32 x 32, 8 times$'
out_has '^backbone +[0-9.]+ '
out_has '^fc +linear +8x1x1x64 +8x1x1x10 +1 +1 '
holds 'no stage of detectors' [ "$(grep -c -E '^(rpn|roi|mask)' "$work/out")" -eq 0 ]
c 0 --json --layers --batch=8 --size=32x32
out_has '"batch":8,'
json_is_right
c 0 --json --layers "$work/a.png"
json_is_right
c 2 --size=16x16
out_is ''
err_lines 1
err_has 'a scale of 16 pixels'

# ---- what was measured before a signal
for signal in INT:130 TERM:143; do
    expected_code=${signal#*:}
    last_command="kill -${signal%:*} detect-bench"
    : >"$work/err" # the last run's words are not this run's
    # A shell's background jobs ignore SIGINT; env gives it back.
    env --default-signal=INT "$bench" -m "$classifier" -v --repeat=1000000 \
        --warmup=0 --json --layers "$work/a.png" >"$work/out" 2>"$work/err" &
    child=$!
    tries=0
    until grep -q 'run 2:' "$work/err" || [ $tries -ge 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill "-${signal%:*}" "$child"
    wait "$child"
    check_code $?
    json_is_right
done

# ---- output
expected_code=6
last_command='detect-bench > /dev/full'
if [ -e /dev/full ]; then
    "$bench" -m "$classifier" --repeat=1 --warmup=0 --size=32x32 \
        >/dev/full 2>"$work/err"
    check_code $?
    err_has '^detect-bench: cannot write to standard output'
fi

finish
