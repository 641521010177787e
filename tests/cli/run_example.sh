#!/bin/sh
# SPDX-License-Identifier: MIT
# run_example.sh DETECT_ONE MODEL: the example program of the library.
example=$1
model=$2
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
run 0 "$example" "$model" "$work/a.png"
err_is ''
# A model that was never trained may find nothing worth its threshold.
[ ! -s "$work/out" ] || every_line \
    '^.* \(class [0-9]+\) [01]\.[0-9]{3} at -?[0-9.]+,-?[0-9.]+, [0-9.]+ x [0-9.]+$'
run 1 "$example" "$model" "$work/missing.png"
out_is ''
err_lines 1
err_has '^detect_one: .*missing\.png: '
run 1 "$example" "$work/a.png" "$work/a.png"
err_lines 1
run 2 "$example"
err_is 'usage: detect_one MODEL IMAGE'

finish
