#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh tools/test.sh [MESON-SETUP-OPTION...]      e.g. -Dwerror=true
#
# Install what is missing, build, and run every test but the suite "slow".
# BUILD names the build folder ("build"), SUITE one suite alone, SKIP one that is
# left out.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}

sh tools/setup.sh
if [ -f "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=true "$@"
else
    meson setup "$build" -Dtests=true "$@" >"$build.log" 2>&1 || {
        cat "$build.log" >&2
        exit 1
    }
    rm -f "$build.log"
fi
ninja -C "$build" --quiet
meson test -C "$build" --no-rebuild --print-errorlogs \
    ${SUITE:+--suite "$SUITE"} ${SKIP:+--no-suite "$SKIP"} --no-suite slow
