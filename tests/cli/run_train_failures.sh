#!/bin/sh
# SPDX-License-Identifier: MIT
# run_train_failures.sh DETECT_TRAIN FAIL_AT_CALL STRIDE: a training whose
# system calls go wrong, one after another.  Every STRIDE-th call that changes
# something in the folder of the run, and all that are not writes, is one at
# which
#   - the program is killed: the newest checkpoint serves, and a resumed run
#     ends with the same bits;
#   - the disk is full (ENOSPC) or broken (EIO), turn about: one clear line and
#     exit code 6, or 0 where nothing is lost; then as above.
train=$1
fail_at_call=$2
stride=$3
. "$(dirname "$0")/check_functions.sh"
. "$(dirname "$0")/train_functions.sh"
iterations=2

if ! "$fail_at_call" "$work" 0 kill "$work/log" true; then
    echo 'skipped: this kernel does not let us watch system calls'
    exit 77
fi
work=$(realpath "$work")

# The picture and old checkpoints are no reason to stop; and a file that was
# only removed is not missed.
is_harmless() {
    case $1 in
    *curves.svg* | unlink*) return 0 ;;
    *) return 1 ;;
    esac
}

# resume NAME ITERATION: it serves, and the rest is done as ever.
resume() {
    run 0 "$train" --resume "$work/$1" -v
    err_has "$2"
    holds 'the same model' same_file "$work/whole/model.safetensors" \
        "$work/$1/model.safetensors"
    holds 'no temporary files' [ -z "$(ls "$work/$1" | grep 'tmp$')" ]
}

begin whole
run 0 "$train" $arguments

# ---- calls before the first checkpoint: with run.txt there is a run
begin first
"$fail_at_call" "$work/first" 0 kill "$work/calls" "$train" $arguments -q
save=$(grep -n 'open .*checkpoint-00000001' "$work/calls" | cut -d: -f1)
begin_at() {
    rm -rf "$work/first"
    begin first
    run $3 "$fail_at_call" "$work/first" "$1" "$2" "$work/log" \
        "$train" $arguments -q
    [ $3 = 137 ] || err_lines 1
    if [ -e "$work/first/run.txt" ]; then
        resume first 'no checkpoint yet: begins at 0$'
    else
        run 0 "$train" $arguments
    fi
}
place=1
while [ $place -lt "$save" ]; do
    begin_at $place kill 137
    begin_at $place ENOSPC 6
    place=$((place + 1))
done

# ---- from the first checkpoint on: a save, a validation, the end
save=$(grep -n 'rename .*checkpoint-00000001' "$work/calls" | cut -d: -f1)
rm -rf "$work/first"
begin first
run 137 "$fail_at_call" "$work/first" $((save + 3)) kill "$work/log" \
    "$train" $arguments
holds 'a checkpoint' [ -e "$work/first/checkpoint-00000001.safetensors" ]

# spoil N MODE: the N-th call of a resumed run.
spoil() {
    rm -rf "$work/run"
    cp -r "$work/first" "$work/run"
    last_command="call $1: $2"
    "$fail_at_call" "$work/run" "$1" "$2" "$work/log" "$train" \
        --resume "$work/run" -q >"$work/out" 2>"$work/err" </dev/null
    last_code=$?
    call=$(tail -n 1 "$work/log")
}

check_kill() {
    spoil "$1" kill
    expected_code=137
    check_code $last_code
    resume run 'goes on after iteration [12]$'
}

check_failure() {
    spoil "$1" "$2"
    expected_code=6
    if is_harmless "$call"; then expected_code=0; fi
    last_command="$last_command ($call)"
    check_code $last_code
    if [ $last_code = 6 ]; then
        err_lines 1
        err_has "^detect-train: $work/run/.*($3)"
    fi
    resume run 'goes on after iteration [12]$'
}

# All calls of the life that is spoilt.
cp -r "$work/first" "$work/run"
run 0 "$fail_at_call" "$work/run" 0 kill "$work/calls" "$train" --resume \
    "$work/run"
count=$(wc -l <"$work/calls")
grep -n '' "$work/calls" | awk -F'[: ]' -v stride="$stride" '
    $2 != "write" || $1 % stride == 0 { print $1 }' >"$work/places"

while read -r place; do
    check_kill "$place"
    if [ $((place % 2)) = 0 ]; then
        check_failure "$place" ENOSPC 'No space left on device'
    else
        check_failure "$place" EIO 'Input/output error'
    fi
    [ $failures -lt 5 ] || break
done <"$work/places"
echo "$(wc -l <"$work/places") of $count calls"
finish
