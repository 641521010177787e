#!/bin/sh
# SPDX-License-Identifier: MIT
# run_train_kills.sh DETECT_TRAIN KILLS: trainings that are killed (SIGKILL) at
# random times, KILLS times in all, and resumed until they are finished.  After
# each kill the newest checkpoint serves; the models, and the losses on the
# way, are those of a run that nobody has touched, bit by bit.
train=$1
kills=$2
. "$(dirname "$0")/check_functions.sh"
. "$(dirname "$0")/train_functions.sh"
begun=$(date +%s)

begin whole
start=$(date +%s%N)
run 0 "$train" $arguments
length=$((($(date +%s%N) - start) / 1000000)) # ms
losses whole >"$work/whole.losses"
holds "losses of every step" [ "$(grep -c total_loss "$work/whole.losses")" = $iterations ]

# A time in a life of at most half a run, so that most runs die a few times.
awk -v seed="${SEED:-1}" -v count=$((50 * kills)) -v most="$length" 'BEGIN {
    srand(seed)
    for (i = 0; i < count; i++)
        printf "%.3f\n", (0.01 + 0.5 * rand()) * most / 1000
}' >"$work/times"
exec 3<"$work/times"

# The iteration of the newest checkpoint, as its name says.
newest() {
    ls "$work/$1" 2>/dev/null |
        sed -n 's/^checkpoint-0*\([0-9]*\)\.safetensors$/\1/p' | tail -n 1
}

# What the next life says of the last one.
check_life() {
    if grep -q 'passed over' "$work/err"; then fail 'a broken checkpoint'; fi
    if grep -q 'no checkpoint yet' "$work/err" && [ -n "$before" ]; then
        fail "the checkpoint of iteration $before was not found"
    fi
    said=$(sed -n 's/.*goes on after iteration //p' "$work/err")
    [ -z "$said" ] || [ "$said" = "$before" ] ||
        fail "goes on after $said, not $before"
    [ -z "$said" ] || resumed=$((resumed + 1))
    checks=$((checks + 1))
}

# One life: until a random time, or its end.
live() {
    before=$(newest $1)
    if [ -e "$work/$1/run.txt" ]; then
        arguments="--resume $work/$1"
    else
        begin $1
    fi
    last_command="$train $arguments"
    "$train" $arguments -v >"$work/out" 2>"$work/err" </dev/null &
    process=$!
    read -r time <&3
    sleep "$time"
    kill -KILL $process 2>/dev/null
    wait $process 2>/dev/null
    last_code=$?
    check_life
}

killed=0 runs=0 resumed=0
while [ $killed -lt "$kills" ]; do
    runs=$((runs + 1))
    live run$runs
    while [ $last_code = 137 ]; do
        killed=$((killed + 1))
        [ "$(ls "$work/run$runs" 2>/dev/null | grep -c 'tmp$')" -le 2 ] ||
            fail 'temporary files pile up'
        live run$runs
    done
    expected_code=0
    check_code $last_code
    holds 'the same model' same_file "$work/whole/model.safetensors" \
        "$work/run$runs/model.safetensors"
    losses run$runs >"$work/losses"
    holds 'the same losses' same_file "$work/whole.losses" "$work/losses"
    holds 'no temporary files' [ -z "$(ls "$work/run$runs" | grep 'tmp$')" ]
    rm -rf "${work:?}/run$runs"
    [ $failures = 0 ] || break
done
echo "$killed kills in $runs runs, $resumed resumed from a checkpoint," \
    "$(($(date +%s) - begun)) s"
finish
