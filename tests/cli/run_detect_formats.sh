#!/bin/sh
# SPDX-License-Identifier: MIT
# run_detect_formats.sh DETECT DETECT_CONVERT MODEL: each --format, and what
# happens when stdout cannot be written or a signal comes.
detect=$1
model=$3
. "$(dirname "$0")/check_functions.sh"

make_picture "$work/a.png"
cp "$work/a.png" "$work/000000000007.png"
: >"$work/broken.png"
d() {
    code=$1
    shift
    run "$code" "$detect" -m "$model" $quick "$@"
}

# json_is PYTHON-EXPRESSION: on the parsed stdout `r`, when Python is there.
json_is() {
    checks=$((checks + 1))
    command -v python3 >/dev/null 2>&1 && python3 -c '' 2>/dev/null || return
    python3 - "$1" "$work/out" <<'PYTHON' || fail "expected: $1"
import json, sys

def refuse(name):
    raise ValueError(name)

def load(text):
    return json.loads(text, parse_constant=refuse)

text = open(sys.argv[2], encoding="utf-8").read()
r = load(text) if text[:1] == "[" else [load(x) for x in text.splitlines()]

def box_ok(b):
    return len(b) == 4 and all(isinstance(v, (int, float)) for v in b)

def mask_ok(o):
    s = o.get("segmentation")
    return s is None or (s["size"] == [64, 96] and runs(s["counts"]) == 6144)

def runs(text):
    counts, at = [], 0
    while at < len(text):
        value = shift = 0
        while True:
            c = ord(text[at]) - 48
            assert 0 <= c < 64
            at += 1
            value |= (c & 31) << shift
            shift += 5
            if not c & 32:
                break
        if c & 16:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        assert value >= 0
        counts.append(value)
    return sum(counts)

sys.exit(not eval(sys.argv[1]))
PYTHON
}

number='-?[0-9.]+(e[-+]?[0-9]+)?'

# ---- json and jsonl
d 0 --format=json "$work/a.png" "$work/000000000007.png"
err_is ''
out_has '^\[$'
out_has '^\]$'
out_has '^\{"file":".*a\.png","width":96,"height":64,"ms":[0-9.]+,"objects":\['
out_has "\"score\":$number,\"bbox\":\\[$number,$number,$number,$number\\]"
json_is 'len(r) == 2 and all(i["width"] == 96 and i["height"] == 64 for i in r)'
json_is 'all(len(i["objects"]) > 0 for i in r)'
json_is 'all(box_ok(o["bbox"]) and mask_ok(o) for i in r for o in i["objects"])'
json_is 'r[0]["objects"] == r[1]["objects"]'
d 1 --format=json "$work/broken.png"
out_is '[
]'
d 1 --format=json "$work/broken.png" "$work/a.png"
json_is 'len(r) == 1'
d 0 --format=jsonl "$work/a.png" "$work/000000000007.png"
out_lines 2
every_line '^\{"file":".*\]\}$'
json_is 'len(r) == 2 and r[0]["objects"] == r[1]["objects"]'
name=$(printf 'q"\\\t\377.png')
if cp "$work/a.png" "$work/$name" 2>/dev/null; then
    d 0 --format=jsonl "$work/$name"
    out_has 'q\\"\\\\\\u0009\\ufffd\.png"'
    json_is 'r[0]["file"].endswith("q\"\\\t\ufffd.png")'
fi

# ---- csv
d 0 --format=csv "$work/a.png"
holds 'the header' [ "$(head -n 1 "$work/out")" = \
    'x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,class_name,file' ]
sed 1d "$work/out" >"$work/rows" && mv "$work/rows" "$work/out"
every_line "^($number,){4}[0-9]+,$number,,.*,[^,]*a\\.png\$"
cp "$work/a.png" "$work/comma, \"quoted\".png"
d 0 --format=csv "$work/comma, \"quoted\".png"
out_has ',"[^,]*comma, ""quoted""\.png"$'

# ---- coco
mkdir "$work/1"
cp "$work/a.png" "$work/1/1.png"
cp "$work/a.png" "$work/1/7.png"
d 0 --format=coco -v "$work/a.png" "$work/000000000007.png" "$work/1"
bbox="\"bbox\":\\[($number,){3}$number\\]"
out_has "^\\{\"image_id\":7,\"category_id\":[0-9]+,$bbox,\"score\":$number"
err_has 'image_id 2: .*a\.png'
err_has 'image_id 7: .*000000000007\.png'
err_has 'image_id 1: .*1/1\.png'
err_has 'image_id 3: .*1/7\.png'
json_is '{o["image_id"] for o in r} == {1, 2, 3, 7}'
json_is 'all(set(o) - {"segmentation"} == set(
    ("image_id", "category_id", "bbox", "score")) for o in r)'
json_is 'all(box_ok(o["bbox"]) and mask_ok(o) for o in r)'
d 1 --format=coco "$work/broken.png"
out_is '[
]'

# ---- an output that takes nothing
if [ -c /dev/full ]; then
    for format in text json jsonl csv coco; do
        expected_code=6
        last_command="detect --format=$format > /dev/full"
        : >"$work/out"
        "$detect" -m "$model" $quick "--format=$format" \
            "$work/a.png" >/dev/full 2>"$work/err"
        check_code $?
        err_is 'detect: cannot write to standard output: No space left on device'
    done
    expected_code=6
    last_command='detect --help > /dev/full'
    "$detect" --help >/dev/full 2>"$work/err"
    check_code $?
fi
expected_code=6
last_command='detect >&-'
"$detect" -m "$model" $quick "$work/a.png" >&- 2>"$work/err"
check_code $?
expected_code=6
last_command='detect | (no reader)'
mkfifo "$work/pipe"
(exec <"$work/pipe") & # opens for reading and goes away
reader=$!
{
    wait "$reader"
    "$detect" -m "$model" $quick "$work/a.png" 2>"$work/err"
    echo $? >"$work/code"
} >"$work/pipe"
check_code "$(cat "$work/code")"
err_is 'detect: cannot write to standard output: Broken pipe'

# ---- signals: waiting for an image on standard input
for signal in INT:130 TERM:143; do
    expected_code=${signal#*:}
    last_command="kill -${signal%:*} detect"
    mkfifo "$work/input.$expected_code"
    : >"$work/err" # the last run's words are not this run's
    # A shell's background jobs ignore SIGINT; env gives it back.
    env --default-signal=INT "$detect" -m "$model" $quick -v --format=json \
        "$work/a.png" - <"$work/input.$expected_code" >"$work/out" \
        2>"$work/err" &
    child=$!
    exec 9>"$work/input.$expected_code"
    tries=0
    until grep -q 'a\.png: 96x64' "$work/err" || [ $tries -ge 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    sleep 0.1
    kill "-${signal%:*}" "$child"
    wait "$child"
    check_code $?
    exec 9>&-
    json_is 'len(r) == 1'
    out_has '^\]$'
done

finish
