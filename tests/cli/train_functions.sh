# SPDX-License-Identifier: MIT
# Read by the scripts that let a training die, after check_functions.sh: a tiny
# one, of noise, which saves at each step.

iterations=8

# noise COUNT FILE: images of CIFAR's kind, a label and then noise.
noise() {
    i=0
    while [ $i -lt "$1" ]; do
        printf "\\$(printf %03o $((i % 10)))"
        head -c 3072 /dev/urandom
        i=$((i + 1))
    done >"$2"
}
noise 20 "$work/noise.bin"

# begin NAME [OPTION...]: sets $arguments to those of a run in $work/NAME.
begin() {
    arguments="--arch resnet20 --data $work/noise.bin --val $work/noise.bin
        -o $work/$1 --set batch=4 --set threads=1 --set save_every=1
        --set log_every=1 --set validate_every=3 --set iterations=$iterations"
    shift
    arguments="$arguments $*"
}

# losses NAME: what its steps and validations gave, without times.
losses() {
    sed -n 's/"\(data_time\|time\|eta_seconds\)":[^,}]*,\{0,1\}//g; s/,}/}/; p' \
        "$work/$1/metrics.jsonl"
}
