#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: gpu_step.sh STEP
# One step of gpu.sh, which sets BUILD, OUT and QUICK; 77: skipped.
set -u
build=$BUILD out=$OUT
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CK_FORK=no # a GPU takes half a second to open: one process

skip()
{
    echo "skipped: $*"
    exit 77
}

# if_quick THAT ELSE
if_quick()
{
    if [ "$QUICK" -eq 1 ]; then echo "$1"; else echo "$2"; fi
}

card()
{
    command -v nvidia-smi >/dev/null || skip "no nvidia-smi"
    nvidia-smi
    nvidia-smi -q -d CLOCK,POWER
    nvcc --version
    "$python" -c 'import torch, torchvision
print("torch", torch.__version__, "torchvision", torchvision.__version__)'
    return 0
}

build()
{
    command -v ninja >/dev/null || skip "no ninja; built before"
    [ -f "$build/build.ninja" ] ||
        meson setup "$build" -Dcuda=enabled || return 1
    ninja -C "$build"
}

# Needs no GPU, but code for one.
spills()
{
    ls "$build"/compute/cuda/*_cuda.txt >/dev/null 2>&1 ||
        skip "no code for a GPU in $build"
    sh tests/check_kernels.sh "$build"/compute/cuda/*_cuda.txt
}

# Lines "PROGRAM PRECISION": the tests of operators that meson runs on a GPU.
operator_tests()
{
    "$python" - "$build/meson-info/intro-tests.json" <<'PYTHON'
import json
import sys
for test in json.load(open(sys.argv[1])):
    command = test["cmd"]
    at = [i for i, word in enumerate(command) if word.endswith("on_gpu.sh")]
    if at:
        program, *precision = command[at[0] + 2:]
        print(program.rpartition("/")[2], *(precision or ["fp32"]))
PYTHON
}

# The rows of a table: programs, the largest deviation in each precision.
deviations()
{
    awk -F '\t' '
BEGIN { split("fp32 tf32 bf16 fp16", precisions, " ") }
{ seen[$1] = 1; if ($3 + 0 >= worst[$1, $2] + 0) worst[$1, $2] = $3 }
END {
    print "| program | fp32 | tf32 | bf16 | fp16 |"
    print "| --- | ---: | ---: | ---: | ---: |"
    for (program in seen) {
        row = "| " program
        for (i = 1; i <= 4; i++)
            row = row " | " worst[program, precisions[i]]
        print row " |" | "sort"
    }
}' "$1"
}

# Each operator against a reference in double; fails, too, where a test is
# skipped, which was not run on a GPU.
operators()
{
    export DETECT_TEST_DEVIATIONS="$out/deviations.tsv"
    rm -f "$DETECT_TEST_DEVIATIONS"
    operator_tests >"$work/tests"
    wanted=$(if_quick '^test_ops_(linear|add_rows) ' .)
    grep -E "$wanted" "$work/tests" >"$work/wanted" || return 1
    bad=0
    while read -r program precision; do
        echo "== $program $precision"
        DETECT_TEST_DEVICE=cuda DETECT_TEST_PRECISION=$precision \
            "$build/tests/$program" </dev/null || bad=1
    done <"$work/wanted"
    deviations "$DETECT_TEST_DEVIATIONS" | tee "$out/deviations.md"
    return $bad
}

# What the CPU says, too.
networks()
{
    [ "$QUICK" -eq 0 ] || skip "of the suite \"cuda\""
    sh tests/cli/run_device.sh "$build/apps/detect" "$build/tests/make_model"
}

# What torchvision says, by the criteria of the suite "parity".
parity()
{
    "$python" -c 'import torchvision, PIL' 2>/dev/null ||
        skip "no torchvision"
    [ "$QUICK" -eq 0 ] || skip "takes hours on an emulation"
    bad=0
    for arch in maskrcnn_resnet50_fpn fasterrcnn_resnet50_fpn \
        fasterrcnn_resnet101_c4 maskrcnn_resnet50_fpn_v2; do
        echo "== $arch"
        PYTHON=$python sh tests/parity/run_torchvision.sh \
            "$build/tests/make_model" "$build/apps/detect-convert" \
            "$build/apps/detect" "$build/tests/compare_detections" . "$arch" \
            1 --device=cuda || bad=1
    done
    return $bad
}

# AP of the model in the box on scenes that it has not seen: that of fp16 is at
# most a tenth of a point less than that of fp32.
precisions()
{
    "$build/apps/detect-data" scenes --count="$(if_quick 1 300)" --seed=77 \
        --size="$(if_quick 64x48 320x240)" -o "$work/data" || return 1
    for precision in $(if_quick "fp32 fp16" "fp32 tf32 bf16 fp16"); do
        # shellcheck disable=SC2046 # several words
        "$build/apps/detect-eval" -a "$work/data/scenes.json" \
            --images "$work/data/images" -m models/shapes.safetensors \
            --device=cuda --precision="$precision" --no-progress -q \
            $(if_quick "--min-size=48 --max-size=64 --proposals=5" "") \
            --json="$work/$precision.json" >/dev/null || return 1
    done
    "$python" - "$work"/*.json <<'PYTHON'
import json
import os
import sys
ap = {}
for path in sys.argv[1:]:
    name = os.path.basename(path).partition(".")[0]
    ap[name] = {task: 100 * numbers["AP"]
                for task, numbers in json.load(open(path)).items()
                if task in ("bbox", "segm")}
    print(name, *(f"{task} AP {value:.2f}" for task, value in ap[name].items()))
worst = max(ap["fp32"][task] - ap["fp16"][task] for task in ("bbox", "segm"))
print(f"fp16 is at most {worst:.3f} points below fp32; allowed is 0.1")
sys.exit(worst > 0.1)
PYTHON
}

# Of one seed: every run ends with the same bytes.
trainings()
{
    "$build/apps/detect-data" scenes --count=16 \
        --size="$(if_quick 96x80 320x240)" -o "$work/data" || return 1
    small='--set min_scale=64 --set max_scale=64 --set max_size=96
        --set pre_nms=60 --set post_nms=20 --set roi_batch=8'
    for run in $(seq "$(if_quick 2 10)"); do
        # shellcheck disable=SC2046,SC2086 # several words
        "$build/apps/detect-train" --device cuda -q --no-progress \
            --arch maskrcnn_resnet18_small -o "$work/run$run" \
            --data "$work/data/scenes.json" --images "$work/data/images" \
            --set iterations="$(if_quick 1 10)" --set batch=2 --set seed=1 \
            $(if_quick "$small" "") || return 1
        cksum <"$work/run$run/model.safetensors"
    done | sort | uniq -c | tee "$work/sums"
    [ "$(wc -l <"$work/sums")" -eq 1 ] &&
        grep -q "^ *$(if_quick 2 10) " "$work/sums"
}

# model ARCH: seeded weights, made once.
model()
{
    if [ "$QUICK" -eq 1 ]; then
        set -- maskrcnn_resnet18_small
    fi
    [ -f "$out/$1.safetensors" ] ||
        "$build/tests/make_model" "$1" 1 "$out/$1.safetensors" 91 800 >&2 ||
        return 1
    echo "$out/$1.safetensors"
}

# bench ARCH OPTION...
bench()
{
    arch=$1
    shift
    file=$(model "$arch") || return 1
    # shellcheck disable=SC2046 # several words
    "$build/apps/detect-bench" --device=cuda --no-progress -m "$file" \
        --size="$(if_quick 48x64 800x1333)" --repeat="$(if_quick 1 50)" \
        --warmup="$(if_quick 0 10)" $(if_quick "--proposals=10 --max-detections=1" "") "$@"
}

# Where the time goes, stage by stage, and the share of what large products
# reach on this GPU.
stages()
{
    for arch in maskrcnn_resnet50_fpn fasterrcnn_resnet101_c4; do
        for precision in $(if_quick bf16 "fp32 tf32 bf16 fp16"); do
            for batch in $(if_quick 1 "1 8"); do
                echo "== $arch $precision, batch $batch"
                bench "$arch" --precision="$precision" --batch="$batch" ||
                    return 1
            done
        done
    done
}

layers()
{
    for precision in $(if_quick tf32 "fp32 tf32 bf16 fp16"); do
        echo "== $precision"
        bench maskrcnn_resnet50_fpn --layers --precision="$precision" ||
            return 1
    done
}

has_torch_on_gpu()
{
    "$python" -c 'import sys, torch, torchvision
sys.exit(not torch.cuda.is_available())' 2>/dev/null
}

# versus ARCH BATCH KIND
versus()
{
    has_torch_on_gpu || skip "no torch and torchvision that see a GPU"
    file=$(model "$1") || return 1
    "$python" tools/versus_torchvision_gpu.py "$build/apps/detect" "$file" \
        docs/sample.jpg "$2" "$3"
}

versus_training()
{
    has_torch_on_gpu || skip "no torch and torchvision that see a GPU"
    "$build/apps/detect-data" scenes --count=32 --size=1333x800 \
        -o "$work/data" || return 1
    for precision in fp32 tf32 bf16 fp16; do
        echo "== $precision"
        DEVICE=cuda PRECISION=$precision "$python" \
            tools/versus_torch_training.py "$build/apps/detect-train" detector \
            "$work/data/scenes.json" "$work/data/images" 20 || return 1
    done
}

# The operators' programs under a tool of compute-sanitizer, in floats, and
# their maps of halves under the first.
sanitize()
{
    command -v compute-sanitizer || skip "no compute-sanitizer"
    bad=0
    operator_tests | grep -E "^test_ops_.* (fp32|$2)\$" >"$work/tests"
    while read -r program precision; do
        echo "== $1 $program $precision"
        DETECT_TEST_DEVICE=cuda DETECT_TEST_PRECISION=$precision \
            compute-sanitizer --tool "$1" --error-exitcode 1 \
            "$build/tests/$program" </dev/null || bad=1
    done <"$work/tests"
    return $bad
}

case $1 in
card | build | spills | operators | networks | parity | precisions | trainings | \
    stages | layers)
    "$1"
    ;;
versus-mask-*-*)
    kind=${1##*-} batch=${1%-*}
    versus maskrcnn_resnet50_fpn "${batch##*-}" "$kind"
    ;;
versus-c4-*-*)
    kind=${1##*-} batch=${1%-*}
    versus fasterrcnn_resnet101_c4 "${batch##*-}" "$kind"
    ;;
versus-training) versus_training ;;
memcheck) sanitize memcheck bf16 ;;
racecheck | initcheck) sanitize "$1" fp32 ;;
*)
    echo "gpu_step.sh: there is no step $1"
    exit 2
    ;;
esac
