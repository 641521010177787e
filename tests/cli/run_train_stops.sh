#!/bin/sh
# SPDX-License-Identifier: MIT
# run_train_stops.sh DETECT_TRAIN FAIL_AT_CALL: SIGINT and SIGTERM
# at any time: a checkpoint and exit code 130 or 143, within 5 s.
train=$1
fail_at_call=$2
. "$(dirname "$0")/check_functions.sh"
. "$(dirname "$0")/train_functions.sh"
work=$(realpath "$work")
iterations=24

# stop SIGNAL SECONDS COMMAND...: sent then; 5 s later comes a SIGKILL.  (In
# the foreground: a script's background jobs ignore SIGINT.)
stop() {
    signal=$1
    time=$2
    shift 2
    last_command="$signal after $time s: $*"
    timeout --foreground --preserve-status -k 5 -s "$signal" "$time" "$@" \
        >"$work/out" 2>"$work/err" </dev/null
    last_code=$?
}
code_of() { [ "$1" = INT ] && echo 130 || echo 143; }

# ---- at random times, start-up among them: the same bits in the end
noise 300 "$work/many.bin" # so that much of the time is validation's
begin whole --val "$work/many.bin"
start=$(date +%s%N)
run 0 "$train" $arguments
length=$((($(date +%s%N) - start) / 1000000)) # ms
losses whole >"$work/whole.losses"

# draw_times COUNT
draw_times() {
    awk -v seed="${SEED:-1}" -v count="$1" -v most="$length" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++)
            printf "%s %.3f\n", i % 2 ? "INT" : "TERM", rand() * most / 6000
    }'
}
begin parts --val "$work/many.bin"
stopped=0
draw_times 20 >"$work/times"
while read -r signal time; do
    [ ! -e "$work/parts/run.txt" ] || arguments="--resume $work/parts"
    [ ! -e "$work/parts/model.safetensors" ] || break
    stop "$signal" "$time" "$train" $arguments -q
    checks=$((checks + 1))
    [ $last_code = 0 ] || [ $last_code = "$(code_of "$signal")" ] ||
        fail 'another exit code'
    [ ! -s "$work/err" ] || fail 'a stopped run complains'
    [ $last_code = 0 ] || stopped=$((stopped + 1))
done <"$work/times"
holds 'it was stopped' [ $stopped -gt 2 ]
run 0 "$train" --resume "$work/parts"
holds 'the same model' same_file "$work/whole/model.safetensors" \
    "$work/parts/model.safetensors"
losses parts >"$work/parts.losses"
holds 'the same losses' same_file "$work/whole.losses" "$work/parts.losses"
echo "$stopped stops"

# ---- while a detector looks at its images: 60 of a second or so each
mkdir "$work/photos"
make_picture "$work/photos/a.png"
awk 'BEGIN {
    printf "{\"categories\":[{\"id\":1,\"name\":\"shape\"}],\"images\":["
    for (i = 1; i <= 60; i++)
        printf "%s{\"id\":%d,\"width\":96,\"height\":64,\"file_name\":" \
            "\"a.png\"}", (i > 1 ? "," : ""), i
    printf "],\"annotations\":["
    for (i = 1; i <= 60; i++)
        printf "%s{\"id\":%d,\"image_id\":%d,\"category_id\":1,\"iscrowd\":0," \
            "\"area\":400,\"bbox\":[10,10,20,20]}", (i > 1 ? "," : ""), i, i
    print "]}"
}' >"$work/photos.json"
# in_validation COMMAND...: SIGTERM one second after the last step.
in_validation() {
    last_command=$*
    "$@" >"$work/out" 2>"$work/err" </dev/null &
    process=$!
    while kill -0 $process 2>/dev/null &&
        ! [ -s "$work/detector/metrics.jsonl" ]; do sleep 0.1; done
    sleep 1
    start=$(date +%s%N)
    kill -TERM $process
    expected_code=143
    wait $process
    check_code $?
    holds 'within 5 s' [ $(($(date +%s%N) - start)) -lt 5000000000 ]
    holds 'a checkpoint' [ -e "$work/detector/checkpoint-00000001.safetensors" ]
    holds 'no numbers yet' grep -qv AP "$work/detector/metrics.jsonl"
}
in_validation "$train" --arch fasterrcnn_resnet18_fpn --data "$work/photos.json" \
    --images "$work/photos" --val "$work/photos.json" \
    --val-images "$work/photos" -o "$work/detector" --set iterations=1 \
    --set batch=1 --set min_scale=64 --set max_scale=64
in_validation "$train" --resume "$work/detector"

# ---- while a disk hangs: at start-up, while samples are waited for, while the
# validation waits for an image
if ! "$fail_at_call" "$work" 0 kill "$work/log" true; then
    finish
fi
for folder in learn judge; do
    mkdir -p "$work/$folder/cat" "$work/$folder/dog"
    make_picture "$work/$folder/cat/a.png"
    make_picture "$work/$folder/dog/b.png"
done
of_folders() {
    arguments="--arch resnet20 --data $work/learn --val $work/judge -o $work/$1
        --set batch=2 --set iterations=4 --set threads=1 --set validate_every=2"
}
# hang FOLDER N NAME: the N-th reading in it and later ones never return.
hang() {
    of_folders "$3"
    stop TERM 2 "$fail_at_call" "$work/$1" "$2" hang "$work/log" \
        "$train" $arguments
    expected_code=143
    check_code $last_code
}
hang learn 1 early
holds 'nothing was begun' [ ! -e "$work/early" ]
hang judge 1 early
holds 'nothing was begun' [ ! -e "$work/early" ]
for folder in learn judge; do
    of_folders counted
    run 0 "$fail_at_call" "$work/$folder" 0 hang "$work/log" "$train" $arguments
    place=$(grep -n 'png$' "$work/log" | head -n 1 | cut -d: -f1)
    rm -rf "$work/counted"
    hang $folder "$place" $folder.run
    run 0 "$train" --resume "$work/$folder.run" -v
    if [ $folder = learn ]; then
        err_has 'goes on after iteration 0$'
    else
        err_has 'goes on after iteration 2$'
    fi
    holds 'no validation is missing' \
        [ "$(grep -c error_val "$work/$folder.run/metrics.jsonl")" = 2 ]
done
finish
