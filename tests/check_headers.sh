#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check_headers.sh SOURCE_ROOT CC...
# The public header compiles alone as strict C99 and, where there is a C++
# compiler, as C++; every other header compiles alone.
set -eu
cd "$1"
shift
status=0

"$@" -std=c99 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only -Iinclude \
    tests/header_c99.c || status=1

if command -v c++ >/dev/null 2>&1; then
    c++ -std=c++11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only \
        -Iinclude tests/header_cxx.cpp || status=1
else
    echo 'no C++ compiler: the header was not tried as C++'
fi

cairo=$(pkg-config --cflags cairo)
for header in */*.h */*/*.h; do
    case $header in
    build* | tests/golden/*) continue ;;
    compute/cuda/* | tests/cuda/*) continue ;; # theirs have the vendor's
    esac
    printf '#include "%s"\n' "$header" |
        "$@" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
            -I. -Iinclude $cairo -x c - || {
        echo "$header does not compile alone"
        status=1
    }
done
exit $status
