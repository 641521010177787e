#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check_kernels.sh REPORT...
# What nvcc's assembler says of each kernel, as a table: the GPU it is for,
# registers of a thread, bytes of shared memory and of stack, spilled bytes.
# Fails where threads of a kernel have memory of their own, which is slow: for
# registers that are too few, or for an array or struct that is read at an index.
# Needs no GPU.
set -u
cat "$@" | awk '
function report()
{
    if (kernel == "" || gpu == "")
        return
    printf "%-6s %9d %7d %6d %6d  %s\n", gpu, registers, shared, stack,
           spilled, kernel
    kernels++
    if (registers > most)
        most = registers
    if (spilled > 0 || stack > 0)
        slow++
    kernel = ""
}
# _ZN12_GLOBAL__N_16kernelE..., _Z6kernelIfEv...: the first name behind a length.
function plain(name)
{
    while (match(name, /[0-9]+[A-Za-z_]/)) {
        length_of = substr(name, RSTART, RLENGTH - 1)
        at = RSTART + RLENGTH - 1
        word = substr(name, at, length_of)
        rest = substr(name, at + length_of)
        if (word !~ /^_GLOBAL_|^_INTERNAL_/)
            return word (rest ~ /^I/ ? " " substr(rest, 1, 24) : "")
        name = rest
    }
    return name
}
BEGIN {
    printf "%-6s %9s %7s %6s %6s  %s\n", "GPU", "registers", "shared", "stack",
           "spills", "kernel"
}
/Compiling entry function/ {
    split($0, quoted, "\047")
    kernel = plain(quoted[2])
    gpu = quoted[4]
    shared = 0
}
/bytes stack frame/ {
    for (i = 1; i < NF; i++)
        if ($(i + 1) == "bytes") {
            if ($(i + 2) == "stack")
                stack = $i
            else if ($(i + 3) == "stores,")
                spilled = $i
            else if ($(i + 3) == "loads")
                spilled += $i
        }
}
/Used [0-9]+ registers/ {
    for (i = 1; i < NF; i++) {
        if ($(i + 1) == "registers,")
            registers = $i
        if ($(i + 1) == "bytes" && $(i + 2) ~ /^smem/)
            shared = $i
    }
    report()
}
END {
    printf "%d kernels, at most %d registers, %d with memory of a thread\n",
           kernels, most, slow
    exit kernels == 0 || slow > 0
}'
