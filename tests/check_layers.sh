#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check_layers.sh SOURCE_ROOT
# Who may include whom.  The table is also in CONTRIBUTING.md.
set -eu
cd "$1"

find base geometry image weights datasets eval compute backbone rpn roi \
    maskseg detector train apps examples include \
    -name '*.[ch]' 2>/dev/null | LC_ALL=C sort |
    xargs awk '
BEGIN {
    allow["include"] = ""
    allow["base"] = "base"
    allow["geometry"] = "geometry base"
    allow["image"] = "image base"
    allow["weights"] = "weights base"
    allow["datasets"] = "datasets image geometry base"
    allow["eval"] = "eval datasets image geometry base"
    allow["compute"] = "compute geometry base"
    allow["backbone"] = "backbone compute base"
    allow["rpn"] = "rpn compute geometry base"
    allow["roi"] = "roi compute geometry base"
    allow["maskseg"] = "maskseg compute geometry base"
    allow["detector"] = "detector eval rpn roi maskseg backbone compute image " \
        "weights datasets geometry base"
    allow["train"] = "train detector eval rpn roi maskseg backbone compute " \
        "image weights datasets geometry base"
    allow["apps"] = "apps"
    allow["examples"] = "examples"
    vendor = "^(cblas|openblas|lapack|cuda|cudnn|cublas|nv)[A-Za-z0-9_]*"
}

function folder_of(path)
{
    return path ~ "/" ? substr(path, 1, index(path, "/") - 1) : ""
}

function complain(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

/^[ \t]*#[ \t]*include/ {
    target = $0
    sub(/^[^<"]*[<"]/, "", target)
    sub(/[>"].*/, "", target)
    from = folder_of(FILENAME)
    to = folder_of(target)
    checked++
    if (from != "compute" && target ~ vendor)
        complain(target ": only compute/ may include vendor headers")
    if (to == "detect" || $0 ~ /</)
        next
    if (to == "")
        complain(target ": project headers are included as folder/name.h")
    else if (index(" " allow[from] " ", " " to " ") == 0)
        complain(from "/ may not include " to "/ (" target ")")
}

END {
    if (checked < 50) {
        printf "only %d includes found: is this the source root?\n", checked
        bad = 1
    }
    exit bad
}'
