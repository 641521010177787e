#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/gpu.sh [OUT]
#
# All that a machine with a GPU is needed for, in one go: build with CUDA, run
# the operators' tests there, compare whole networks with the CPU, look for
# wrong memory accesses and races (where compute-sanitizer is), train ten times
# from one seed, and time.  What comes out is in the folder OUT ("gpu-results");
# ends with 1 when something failed, and goes on to the end all the same.
set -u
cd "$(dirname "$0")/.."
out=${1:-gpu-results}
build=${BUILD:-build-gpu}
mkdir -p "$out"
failures=0

# step NAME COMMAND...: its output is in OUT/NAME.txt.
step()
{
    name=$1
    shift
    printf '%s ... ' "$name"
    if "$@" >"$out/$name.txt" 2>&1; then
        echo done
    else
        echo "FAILED ($out/$name.txt)"
        failures=$((failures + 1))
    fi
}

build()
{
    [ -f "$build/build.ninja" ] ||
        meson setup "$build" -Dcuda=enabled || return 1
    ninja -C "$build"
}

card()
{
    nvidia-smi
}

# A test that is skipped was not run on a GPU.
operators()
{
    meson test -C "$build" --no-rebuild --suite cuda --print-errorlogs |
        tee "$out/operators.log"
    grep -q '^Ok: *[1-9]' "$out/operators.log" &&
        grep -q '^Fail: *0' "$out/operators.log" &&
        grep -q '^Skipped: *0' "$out/operators.log"
}

networks()
{
    sh tests/cli/run_device.sh "$build/apps/detect" "$build/tests/make_model"
}

# sanitize TOOL PRECISION PROGRAM...: each in one process.
sanitize()
{
    tool=$1 precision=$2
    shift 2
    for test in "$@"; do
        [ -f "$test" ] || continue
        echo "== $tool $precision $test"
        DETECT_TEST_DEVICE=cuda DETECT_TEST_PRECISION=$precision CK_FORK=no \
            compute-sanitizer --tool "$tool" --error-exitcode 1 "$test" ||
            return 1
    done
}

# The operators' programs under each tool, and with maps of halves.
sanitizer()
{
    command -v compute-sanitizer || return 0
    for tool in memcheck racecheck initcheck; do
        sanitize $tool fp32 "$build"/tests/test_ops_* \
            "$build/tests/test_module_gradients" || return 1
    done
    sanitize memcheck bf16 "$build"/tests/test_ops_*
}

# Scenes that the model in the box knows; every run ends with the same bytes.
trainings()
{
    work=$(mktemp -d)
    "$build/apps/detect-data" scenes --count=16 -o "$work/data" || return 1
    for run in 1 2 3 4 5 6 7 8 9 10; do
        "$build/apps/detect-train" --device cuda -q --no-progress \
            --arch maskrcnn_resnet18_small -o "$work/run$run" \
            --data "$work/data/scenes.json" --images "$work/data/images" \
            --set iterations=10 --set batch=2 --set seed=1 || return 1
        cksum <"$work/run$run/model.safetensors"
    done | sort | uniq -c | tee "$work/sums"
    [ "$(wc -l <"$work/sums")" -eq 1 ]
    status=$?
    rm -rf "$work"
    return $status
}

# Where the time goes, stage by stage, in each precision.
stages()
{
    "$build/tests/make_model" maskrcnn_resnet50_fpn 1 "$out/model.safetensors" \
        91 800 || return 1
    for precision in fp32 tf32 bf16 fp16; do
        echo "== $precision"
        "$build/apps/detect" --device cuda --precision "$precision" --time \
            -m "$out/model.safetensors" docs/sample.jpg docs/sample.jpg \
            docs/sample.jpg docs/sample.jpg docs/sample.jpg >/dev/null ||
            return 1
    done
    echo '== cpu'
    "$build/apps/detect" --time -m "$out/model.safetensors" docs/sample.jpg \
        docs/sample.jpg >/dev/null
}

versus()
{
    python3 tools/versus_torchvision_gpu.py "$build/apps/detect" \
        "$out/model.safetensors" docs/sample.jpg
}

step card card
step build build
step operators operators
step networks networks
step stages stages
step trainings trainings
step versus versus
step sanitizer sanitizer
rm -f "$out/model.safetensors"
exit $((failures > 0))
