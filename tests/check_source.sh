#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check_source.sh SOURCE_ROOT
# Rules of CONTRIBUTING.md that a program can check: lengths, blanks, licence
# line, and calls that the library must not make.
set -eu
cd "$1"

# Every text file of ours, whether or not there is a git here.
sources()
{
    find . \( -name .git -o -name 'build*' -o -name corpus \) -prune -o \
        -type f \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.cu' -o \
        -name '*.sh' -o -name '*.py' -o -name '*.md' -o -name '*.[1-9]' -o \
        -name meson.build -o -name meson_options.txt -o -path ./.ci/run \) \
        -print | LC_ALL=C sort
}

sources | sed 's|^\./||' | xargs awk -v slash=/ '
BEGIN {
    split("base geometry image weights datasets eval compute backbone rpn " \
        "roi maskseg detector", names, " ")
    for (i in names)
        library[names[i]] = 1
    banned = "(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|strtok|atoi|rand|" \
        "exit|abort|printf|fprintf|perror|gets|system|popen)[ ]*\\("
    machine = slash "work" slash
}

function complain(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

# The line without comments and the insides of strings.
function code_of(line,    out, i, c, two, quote)
{
    out = ""
    quote = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote)
                quote = ""
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "\047")
                quote = c
            out = out c
        }
    }
    return out
}

FNR == 1 {
    files++
    is_c = FILENAME ~ /\.([ch]|cpp|cu)$/
    is_script = FILENAME ~ /\.(sh|py)$/ || FILENAME ~ /(^|\/)\.ci\/run$/
    is_prose = FILENAME ~ /\.md$/
    folder = FILENAME
    sub(/\/.*/, "", folder)
    in_comment = 0
    start = 0
    in_table = 0
    lines = 0
    licensed = is_prose || FILENAME ~ /\.[1-9]$/
    if (is_c && $0 !~ /^\/\* SPDX-License-Identifier: MIT \*\/$/)
        complain("first line is not the SPDX line")
}
FNR <= 2 && /^# SPDX-License-Identifier: MIT$/ { licensed = 1 }
FNR == 2 && !is_c && !licensed { complain("no SPDX line at the top") }
length($0) > 100 && !is_prose { complain("longer than 100 columns") }
/[ \t]$/ { complain("blank at the end of the line") }
!is_prose && (/^ *\t/ || (is_c && /\t/)) { complain("tab") }
/\r/ { complain("carriage return") }
index($0, machine) { complain("a path of one machine") }

is_c {
    # Tables of data do not count.
    if (/^[^ ].*=( \{)?$/)
        in_table = 1
    lines += !in_table
    if (/;$/)
        in_table = 0
    if (lines == 801)
        complain("file longer than 800 lines")
    if ($0 == "{")
        start = FNR
    if ($0 == "}" && start) {
        if (FNR - start - 1 > 100)
            complain("function of " FNR - start - 1 " lines; at most 100")
        start = 0
    }
    code = code_of($0)
    if (folder in library && code ~ banned)
        complain("call banned in the library: " $0)
}

END {
    if (files < 50) {
        printf "only %d files found: is this the source root?\n", files
        bad = 1
    }
    exit bad
}'

status=0
for file in $(sources); do
    if [ -n "$(tail -c 1 "$file")" ]; then
        printf '%s: no newline at the end\n' "$file"
        status=1
    fi
done
exit $status
