#!/bin/sh
# SPDX-License-Identifier: MIT
# Install the Debian packages that building and testing need and that are not
# there yet.  Silent when nothing is missing.
set -eu

packages='gcc libc6-dev meson ninja-build pkg-config check
    libopenblas-openmp-dev libjpeg-dev libpng-dev zlib1g-dev libzip-dev
    libcjson-dev libexpat1-dev libcairo2-dev libfreetype-dev fonts-dejavu-core'

fail()
{
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

for tool in dpkg-query apt-get; do
    command -v "$tool" >/dev/null 2>&1 ||
        fail "this script knows Debian only; install the equivalents of:" \
            $packages
done

missing=
for package in $packages; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) ||
        state=
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    fail "not root and no sudo; as root, run: apt-get install$missing"
fi

printf 'setup: installing%s\n' "$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run()
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" \
        >"$log" 2>&1 </dev/null && return
    cat "$log" >&2
    fail "apt-get $1 failed (its output is above)"
}
run update
run install -y --no-install-recommends $missing
