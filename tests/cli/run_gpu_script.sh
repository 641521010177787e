#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run_gpu_script.sh SOURCE BUILD
# tools/gpu.sh, whose steps are for a GPU, goes through on an emulated one: what
# it lacks is skipped, and what fails is seen.
set -u
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "$*"
    cat "$work/out"
    failures=$((failures + 1))
}

# script OPTION...: its lines in out
script()
{
    BUILD=$build sh "$source/tools/gpu.sh" -q "$@" >"$work/out" 2>&1
}

steps=operators,precisions,trainings,stages,layers
script -s "card,spills,$steps,memcheck" "$work/results" || fail "it failed"
for step in $(printf '%s' "$steps" | tr ',' ' '); do
    grep -Eq "^$step +[0-9]+ s  done" "$work/out" || {
        fail "$step is not done"
        tail -n 20 "$work/results/$step.txt"
    }
done
grep -Eq '^\| test_ops_linear \| [0-9.e-]+ \| [0-9.e-]+ \| [0-9.e-]+ \|' \
    "$work/results/deviations.md" || fail "no table of deviations"
grep -q '^fp16 is at most .* points below fp32' \
    "$work/results/precisions.txt" || fail "no difference of AP"
grep -Eq '^backbone .* [0-9.]+$' "$work/results/stages.txt" ||
    fail "no stage with its share of the limit"
grep -Eq '^roi_heads\.box_head\.fc6 +[a-z]' "$work/results/layers.txt" ||
    fail "no layers"

script -s nonsense "$work/results" && fail "a step that is not there is done"
grep -q '^nonsense .* FAILED' "$work/out" || fail "a failure is not seen"
LIMIT=0.01 script -s operators "$work/results" && fail "a step has no limit"
grep -q 'more than 0\.01 s' "$work/out" || fail "a limit is not seen"

printf '%d failures\n' "$failures"
[ "$failures" -eq 0 ]
