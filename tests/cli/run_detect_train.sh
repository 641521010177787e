#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_train.sh DETECT_TRAIN DETECT_CLASSIFY MODEL: the commands
# `detect-train` and `detect-classify` as a user sees them; MODEL detects.
train=$1
classify=$2
detector=$3
. "$(dirname "$0")/check_functions.sh"

# Twenty images of CIFAR's kind: a label, then noise.
i=0
while [ $i -lt 20 ]; do
    printf "\\$(printf %03o $((i % 10)))"
    head -c 3072 /dev/urandom
    i=$((i + 1))
done >"$work/noise.bin"

# ---- the command line
run 2 "$train"
err_is 'detect-train: no folder for the run; add -o RUN (see detect-train -h)'
run 2 "$train" -o "$work/x"
err_has 'no architecture given'
run 2 "$train" -o "$work/x" --arch resnet20
err_has 'no data given'
run 2 "$train" --resume "$work/x" --set lr=1
err_has 'takes everything from the run'
run 2 "$train" -o "$work/x" --arch resnet20 --data "$work/noise.bin" more
err_lines 1
run 2 "$train" -o "$work/x" --arch resnet20 --precision=fp8
err_is 'detect-train: --precision: fp32, tf32, bf16 or fp16 (see detect-train -h)'
for value in tf32 bf16 fp16; do
    run 2 "$train" -o "$work/x" --arch resnet20 --data "$work/noise.bin" \
        "--precision=$value"
    err_lines 1
    err_has 'the CPU computes with floats as they are: --precision is for GPUs$'
    holds 'no run' [ ! -e "$work/x" ]
done
run 0 "$train" --list-settings
out_has 'weight_decay'
run 0 "$train" --help
out_has 'Exit codes'
begin() {
    folder=$1
    shift
    echo "--arch resnet20 --data $work/noise.bin -o $work/$folder" \
        "--set batch=8 --set threads=1 --set save_every=2 $*"
}
run 2 "$train" $(begin x --set learning=1)
err_has 'there is no setting "learning"'
run 2 "$train" $(begin x --set lr=high)
err_has 'lr=high'
run 2 "$train" $(begin x --arch resnet21)
err_has 'unknown architecture'
for arch in fasterrcnn_resnet18_small mnc_resnet18_c4_small; do
    run 2 "$train" $(begin x --set batch_norm=1 --set context=1 --arch $arch)
    err_lines 1
    err_has 'context=1'
done
run 1 "$train" $(begin x --data "$work/nowhere.json")
err_has 'nowhere.json'
[ ! -e "$work/x" ] || fail 'a refused run left a folder'

# ---- OpenBLAS may take the CPU for an older one
old_core() {
    rm -rf "$work/old"
    run 0 env OPENBLAS_CORETYPE=Prescott "$train" \
        $(begin old --set iterations=1) "$@"
}
if grep -q -w avx2 /proc/cpuinfo && grep -q -w fma /proc/cpuinfo; then
    old_core
    err_has 'warning: OpenBLAS .*"Prescott": with OPENBLAS_CORETYPE=[A-Z]'
    err_lines 1
    old_core -q
    err_is ''
    # unless told otherwise it gets the right ones by itself
    rm -rf "$work/old"
    run 0 env -u OPENBLAS_CORETYPE "$train" $(begin old --set iterations=1)
    err_is ''
fi

# ---- a run
run 0 "$train" $(begin whole --set iterations=6 --val "$work/noise.bin") -v
err_has 'iteration 6'
[ -s "$work/whole/model.safetensors" ] || fail 'no model'
[ "$(ls "$work/whole" | grep -c checkpoint)" = 2 ] || fail 'not two checkpoints'
grep -q '"error_val"' "$work/whole/metrics.jsonl" || fail 'no validation'
grep -q '>error_val<' "$work/whole/curves.svg" || fail 'no curves'
tail -n 1 "$work/whole/curves.svg" | grep -qx '</svg>' || fail 'half a picture'
grep -Eq '(href|url|@import|<script)' "$work/whole/curves.svg" &&
    fail 'curves.svg needs something from outside'
grep -q '^lr=0.1$' "$work/whole/settings.txt" || fail 'no settings'
run 2 "$train" $(begin whole --set iterations=6)
err_has 'has a run already'

# ---- stopped by a signal and gone on with: the same bits
"$train" $(begin parts --set iterations=6) -q &
process=$!
while ! ls "$work/parts" 2>/dev/null | grep -q checkpoint; do sleep 0.02; done
kill -TERM $process
wait $process
code=$?
[ $code = 143 ] || [ $code = 0 ] || fail "after SIGTERM: exit code $code"
run 0 "$train" --resume "$work/parts"
cmp -s "$work/whole/model.safetensors" "$work/parts/model.safetensors" ||
    fail 'a run that was stopped gives another model'

# ---- killed, and the newest checkpoint cut: the one before serves
rm "$work/parts/model.safetensors" "$work/parts/curves.svg"
mkdir "$work/parts/curves.svg"
last=$(ls "$work/parts"/checkpoint-* | tail -1)
head -c 1000 "$last" >"$last.cut" && mv "$last.cut" "$last"
run 0 "$train" --resume "$work/parts"
err_has 'passed over'
err_has 'warning: .*/curves.svg: cannot be written: Is a directory'
cmp -s "$work/whole/model.safetensors" "$work/parts/model.safetensors" ||
    fail 'an older checkpoint gives another model'

# ---- numbers that run away
run 8 "$train" $(begin away --set iterations=50 --set lr=1000)
err_has 'the step is not done'
err_has 'noise.bin#'

# ---- images that cannot be read
mkdir -p "$work/folder/cat" "$work/folder/dog"
make_picture "$work/folder/cat/a.png"
make_picture "$work/folder/dog/b.png"
echo no picture >"$work/folder/dog/c.png"
folder="--arch resnet20 --data $work/folder --set batch=4 --set iterations=2"
run 7 "$train" $folder -o "$work/bad1"
err_has 'dog/c.png'
run 0 "$train" $folder -o "$work/bad2" --set max_bad=0.5
err_has 'dog/c.png is passed over'

# ---- naming images
model=$work/bad2/model.safetensors
run 0 "$classify" -m "$model" "$work/folder/cat/a.png"
out_lines 2
out_has 'dog'
run 0 "$classify" -m "$model" --top=1 --json --views=full "$work/folder/cat"
out_lines 1
out_has '"probability":'
run 0 "$classify" -m "$model" --views=ten --scales=40,48 "$work/folder/cat/a.png"
run 2 "$classify" -m "$model" --precision=bf16 "$work/folder/cat/a.png"
err_has 'the CPU computes with floats as they are: --precision is for GPUs$'
run 2 "$classify" -m "$model" --precision=fp8 "$work/folder/cat/a.png"
err_is 'detect-classify: --precision: fp32, tf32, bf16 or fp16 (see detect-classify -h)'
run 1 "$classify" -m "$model" "$work/folder/dog"
err_has 'c.png'
run 2 "$classify"
err_lines 1
run 2 "$classify" "$work/folder/cat/a.png"
err_has 'no model given'
run 3 "$classify" -m "$detector" "$work/folder/cat/a.png"
err_has 'is no classifier'
run 2 "$classify" -m "$model" --views=some "$work/folder/cat/a.png"
run 3 "$classify" -m "$model" --scales=8 "$work/folder/cat/a.png"
err_has 'a scale of 8 pixels'

finish
