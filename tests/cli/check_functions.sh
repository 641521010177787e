# SPDX-License-Identifier: MIT
# Read by the other scripts here.  Each check prints what it saw when it fails;
# `finish` ends the script.

LC_ALL=C
export LC_ALL
unset DETECT_MODEL DETECT_DEVICE DETECT_THREADS POSIXLY_CORRECT
# What makes any model find something, and soon.
quick='--score-threshold=0 --max-detections=5 --min-size=64 --max-size=96
    --proposals=50'
checks=0
failures=0
work=$(mktemp -d) || exit 99
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT

# Fontconfig keeps its fonts, by pointers that LeakSanitizer cannot follow, to
# the end of a program.  Means nothing to a build without sanitizers.
echo 'leak:libfontconfig' >"$work/lsan"
LSAN_OPTIONS="suppressions=$work/lsan:print_suppressions=0"
export LSAN_OPTIONS

fail() {
    failures=$((failures + 1))
    echo "FAILED: $1"
    echo "  command: $last_command"
    echo "  code:    $last_code"
    sed 's/^/  stdout:  /' "$work/out" | cut -c1-300 | head -n 20
    sed 's/^/  stderr:  /' "$work/err" | cut -c1-300 | head -n 20
}

# run CODE COMMAND...: stdout and stderr go to $work/out and $work/err.
run() {
    expected_code=$1
    shift
    last_command=$*
    "$@" >"$work/out" 2>"$work/err" </dev/null
    check_code $?
}

check_code() {
    last_code=$1
    checks=$((checks + 1))
    [ "$last_code" -eq "$expected_code" ] || fail "expected code $expected_code"
}

# with_less_memory COMMAND...: 1 GB of addresses, which one large photo fits into
# and a batch of them does not.  OpenBLAS takes some for each thread.
with_less_memory() {
    (
        ulimit -v 1000000
        OPENBLAS_NUM_THREADS=1 "$@" -t 1 --proposals=5 --max-detections=1
    )
}

# err_is TEXT, out_is TEXT: exactly this line, or nothing for ''.
err_is() { stream_is err "$1"; }
out_is() { stream_is out "$1"; }
stream_is() {
    checks=$((checks + 1))
    if [ -n "$2" ]; then printf '%s\n' "$2"; fi >"$work/expected"
    cmp -s "$work/$1" "$work/expected" || fail "expected std$1: $2"
}

# err_has PATTERN, out_has PATTERN: a line that matches (grep -E).
err_has() { stream_has err "$1"; }
out_has() { stream_has out "$1"; }
stream_has() {
    checks=$((checks + 1))
    grep -Eq -e "$2" "$work/$1" || fail "expected in std$1: $2"
}

err_lines() { stream_lines err "$1"; }
out_lines() { stream_lines out "$1"; }
stream_lines() {
    checks=$((checks + 1))
    [ "$(wc -l <"$work/$1")" -eq "$2" ] || fail "expected $2 lines in std$1"
}

# every_line PATTERN: of stdout, which is not empty.
every_line() {
    checks=$((checks + 1))
    [ -s "$work/out" ] || fail "expected something on stdout"
    if grep -Evq -e "$1" "$work/out"; then fail "every line must match: $1"; fi
}

# holds DESCRIPTION COMMAND...
holds() {
    description=$1
    shift
    checks=$((checks + 1))
    "$@" >/dev/null 2>&1 || fail "$description"
}

same_file() { cmp -s "$1" "$2"; }
is_png() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 89504e47 ]; }
is_jpeg() { [ "$(head -c 3 "$1" | od -An -tx1 | tr -d ' ')" = ffd8ff ]; }
files_in() { ls -A "$1" | wc -l | tr -d ' '; }

# A picture of 96x64 pixels: two shapes on a smooth ground.
make_picture() {
    base64 -d >"$1" <<'PICTURE'
iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAABqVuVZAAABiElEQVR42u3QIXICMRiGYY6DjFxR
sXIlMnLlysjISMQvKns0jtEjtLPMMBT+F1rYTCF8M88JntU6miuADvRgABsQwQgmkEAGBawUpCAF
KUhBjxw0miuADvRgABsQwQgmkEAGBShIQQpSkIKeN2jXrStRUDNBk7nCrGLQZK4IRjCBBDIo4LmD
Pndvl71u0NUaamo/6E81502NB928czhqOejOnb1mgxbZuXD03EEL7tARByVzhVnFoGSu6Fk+KNmJ
Ap4gaPEd90hBjQZV2jk/UpCCFKSgxwzK5gqzikHZXPGnukHZDgpQkIIUpCAFKejmoHpHxzsKuieo
mCvMKgYVc0XP8jvFThSgoCaClj0632khaFzoyN1pJOj+owQ77QTdc/S98xJBNzTta14r6JdNxzW3
Bm3NFWYVg7bmimAEE0gggwIUpCAF/WfQuQ70YAAKUpCCFDQHvZsrgA70YAAbEMEIJpBABgUoSEEK
UpCCFKSghoM+zBVAB3owgA2IYAQTSCCDAhR0JegLy3XYKLOBaDIAAAAASUVORK5CYII=
PICTURE
}

finish() {
    echo "$checks checks, $failures failures"
    [ "$failures" -eq 0 ]
    exit
}
