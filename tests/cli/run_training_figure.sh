#!/bin/sh
# SPDX-License-Identifier: MIT
# run_training_figure.sh PYTHON TRAINING_FIGURE: the figure of runs, one of which
# is being written.
python=$1
figure=$2
. "$(dirname "$0")/check_functions.sh"

# metrics NAME LAST: errors that fall to so many thousandths.
metrics() {
    mkdir -p "$work/$1"
    awk -v last="$2" 'BEGIN {
        for (i = 20; i <= 2000; i += 20) {
            printf "{\"iteration\":%d,\"error\":%g,\"lr\":null}\n", i,
                last / 1000 + 0.8 * exp(-i / 300)
            if (i % 400 == 0)
                printf "{\"iteration\":%d,\"error_val\":%g}\n", i, last / 1000
        }
        printf "{\"iteration\":2020,\"err"
    }' >"$work/$1/metrics.jsonl"
}
metrics plain20 90
metrics plain56 140
metrics resnet20 85
run 0 "$python" "$figure" -o "$work/figure.svg" "plain20=$work/plain20" \
    "plain56=$work/plain56" "resnet20=$work/resnet20"
out_has 'plain56 .* 14.00 %'
holds 'an XML document' "$python" -c \
    'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$work/figure.svg"
for text in 'plain nets' 'residual nets' '20 layers' '56 layers' '9.00 %' \
    '14.00 %' '8.50 %'; do
    holds "$text" grep -q ">$text<" "$work/figure.svg"
done
run 1 "$python" "$figure" -o "$work/x.svg" "plain=$work/plain20"
err_has 'not of the form'
run 1 "$python" "$figure" -o "$work/x.svg" "plain20=$work/none"
err_has 'No such file'
mkdir "$work/new"
: >"$work/new/metrics.jsonl"
run 1 "$python" "$figure" -o "$work/x.svg" "plain20=$work/new"
err_has 'has no test error'
finish
