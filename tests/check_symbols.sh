#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check_symbols.sh LIBDETECT.so LIBDETECT.a
# The library exports det_* only, has a soname, and calls nothing that prints
# or ends the process.
set -eu
shared=$1
archive=$2
status=0

# Prints the lines of stdin, if any, under a heading.
none()
{
    found=$(cat)
    [ -n "$found" ] || return 0
    printf '%s:\n%s\n' "$1" "$found"
    status=1
}

exported=$(nm -D --defined-only "$shared" | awk '{print $3}')
case $exported in
*det_session_run*) ;;
*)
    echo "$shared does not export det_session_run"
    exit 1
    ;;
esac
# AddressSanitizer adds __odr_asan.NAME for each global.
none 'exported, but not det_*' <<END
$(printf '%s\n' "$exported" | grep -Ev '^(det_[a-z0-9_]+|__odr_asan.*)$')
END

# fprintf writes files; without stdout and stderr it cannot print.
banned='_?_?exit|_Exit|abort|v?printf|__v?printf_chk|puts|putchar|perror'
banned="$banned|stdout|stderr|rand|srand|gets|system|popen"
none 'the library calls' <<END
$(nm -A --undefined-only "$archive" | grep -E " U ($banned)(@.*)?$")
END

if command -v readelf >/dev/null 2>&1; then
    readelf -d "$shared" | grep -q 'SONAME.*libdetect\.so\.0\]' || {
        echo "$shared: the soname is not libdetect.so.0"
        status=1
    }
fi
exit $status
