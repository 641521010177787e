#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tools/reproduce.sh TABLE DATA_FOLDER [RUNS [RESULTS]]
#
# The rows of a published table, one after another, our numbers beside the
# paper's: Markdown on stdout, everything else on stderr.  TABLE is a file of
# tools/reproduce, whose README says what its lines mean; DATA_FOLDER the data
# as that table's recipe wants them; RUNS (default: runs) the folder of the
# trainings, whose models are RUNS/NAME/model.safetensors; RESULTS (default:
# RUNS/results) keeps what was found, and rows that are there are not run again.
# A row without its model is left out, and the command that makes it is named.
# Interrupted, it goes on in the middle of a row.
#
# Exit codes: 0 done, even if models are missing; 1 a row failed; 2 usage.
set -uf
tables=$(dirname "$0")/reproduce
eval_=${BUILD:-build}/apps/detect-eval
runs=runs data='' name='' status=0
newline='
'

say() { echo "reproduce.sh: $*" >&2; }
die() {
    say "$*"
    exit 2
}

# replace TEXT NAME VALUE: sets $replaced to TEXT with each NAME as VALUE.
replace() {
    replaced='' rest=$1
    while :; do
        case $rest in
        *"$2"*)
            replaced=$replaced${rest%%"$2"*}$3
            rest=${rest#*"$2"}
            ;;
        *) break ;;
        esac
    done
    replaced=$replaced$rest
}

# fill TEXT: the same for {data}, {runs}, {run} and {folder}, where a run is.
fill() {
    replace "$1" '{data}' "$data"
    replace "$replaced" '{runs}' "$runs"
    replace "$replaced" '{folder}' "${run%/*}"
    replace "$replaced" '{run}' "$run"
}

trim() {
    trimmed=${1#"${1%%[! ]*}"}
    trimmed=${trimmed%"${trimmed##*[! ]}"}
}

# next_field: sets $trimmed to what $fields has before its first "|".
next_field() {
    trim "${fields%%|*}"
    case $fields in
    *'|'*) fields=${fields#*|} ;;
    *) fields='' ;;
    esac
}

# measure NAME FILE: from the lines that detect-eval ends with, in percent.
measure() {
    awk -v wanted="$1" '
        !/^copypaste: / || /^copypaste: Task: / { count = 0; next }
        count == 0 { count = split(substr($0, 12), names, ","); next }
        {
            split(substr($0, 12), values, ",")
            for (i = 1; i <= count; i++)
                if (names[i] == wanted && values[i] != "nan") {
                    printf "%.2f\n", values[i]
                    exit
                }
            count = 0
        }' "$2"
}

# ---------------------------------------------------------------- the columns
# Headings and measures are words of $numbers: "error=top1_error".

print_head() {
    head='|' rule='| ---'
    for number in $numbers; do
        head="$head | ${number%%=*}"
        rule="$rule | ---:"
    done
    for number in $numbers; do
        head="$head | paper: ${number%%=*}"
        rule="$rule | ---:"
    done
    printf '%s\n\n%s |\n%s |\n' "$title" "$head" "$rule"
}

# print_row NAME PAPER [FILE]: without a FILE, $why stands for our numbers.
print_row() {
    cells=''
    for number in $numbers; do
        value=$why
        [ $# -lt 3 ] || value=$(measure "${number#*=}" "$3")
        cells="$cells | ${value:-none}"
    done
    for value in $2; do
        cells="$cells | $value"
    done
    printf '| %s%s |\n' "$1" "$cells"
}

# ------------------------------------------------------------------- the rows

# say_how: the first recipe whose pattern is $run.
say_how() {
    say "$name: there is no $model; to make it:"
    set -- "$makes"
    rest_of_makes=$1
    while [ -n "$rest_of_makes" ]; do
        fields=${rest_of_makes%%"$newline"*}
        rest_of_makes=${rest_of_makes#*"$newline"}
        next_field
        case $run in
        $trimmed)
            trim "$fields"
            fill "$trimmed"
            printf '    %s\n' "$replaced" >&2
            return
            ;;
        esac
    done
}

# judge FILE OPTION...: what detect-eval says, kept in FILE behind a line that
# names the command and its models' times.
judge() {
    file=$1
    shift
    key="$* $stamps"
    if [ -e "$file.txt" ] && [ "$(head -n 1 "$file.txt")" = "$key" ]; then
        say "$name: done before ($file.txt)"
        return 0
    fi
    say "$name: $eval_ $*"
    # what is there is of other models or options
    [ "$(cat "$file.key" 2>/dev/null)" = "$key" ] ||
        rm -f "$file.json" "$file.json.part"
    printf '%s\n' "$key" >"$file.key" || return
    "$eval_" "$@" --results="$file.json" >"$file.new" || return
    { printf '%s\n' "$key" && cat "$file.new"; } >"$file.txt.part" &&
        mv "$file.txt.part" "$file.txt" && rm -f "$file.new" "$file.key"
}

# run_row NAME | RUNS | OPTIONS | PAPER
run_row() {
    fields=$1
    next_field && name=$trimmed
    next_field && names=$trimmed
    next_field && options=$trimmed
    next_field && paper=$trimmed
    set --
    stamps='' missing=''
    for run in $names; do
        option=--model=
        case $run in
        *=*) option=--${run%%=*}= run=${run#*=} ;;
        esac
        model=$runs/$run/model.safetensors
        if [ -e "$model" ]; then
            stamps="$stamps $(stat -L -c %Y.%s "$model")"
            set -- "$@" "$option$model"
        else
            missing=yes
            say_how
        fi
    done
    why='no model'
    [ -z "$missing" ] || {
        print_row "$name" "$paper"
        return
    }
    for option in $test_options $options; do
        fill "$option"
        set -- "$@" "$replaced"
    done
    rows=$((rows + 1))
    file=$results/$table-$row_index
    judge "$file" "$@"
    code=$?
    case $code in
    0) print_row "$name" "$paper" "$file.txt" ;;
    130 | 143)
        say "stopped; the same command goes on"
        exit $code
        ;;
    *)
        say "$name: detect-eval ended with $code"
        why='failed'
        status=1
        print_row "$name" "$paper"
        ;;
    esac
}

# ---------------------------------------------------------------------- main

[ $# -ge 2 ] && [ $# -le 4 ] || {
    sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2
    echo "Tables: $(cd "$tables" && set +f && echo [a-z]*)" >&2
    exit 2
}
table=$1 data=$2 runs=${3:-runs}
results=${4:-$runs/results}
case $table in
*[!a-z0-9_]* | '') die "$table: no name of a table" ;;
esac
[ -r "$tables/$table" ] ||
    die "there is no table $table; there are: $(cd "$tables" && set +f && echo [a-z]*)"
[ -x "$eval_" ] || die "$eval_ is not there; build it, or set BUILD"
[ -d "$data" ] || die "$data: no folder"
mkdir -p "$results" || exit 2

title='' numbers='' test_options='' makes='' rows=0 row_index=0 headed=''
while read -r word line <&3; do
    case $word in
    '' | '#'*) ;;
    title) title=$line ;;
    numbers) numbers=$line ;;
    test) test_options=$line ;;
    make) makes=$makes$line$newline ;;
    row)
        [ -n "$headed" ] || print_head
        headed=yes row_index=$((row_index + 1))
        run_row "$line"
        ;;
    *) die "$tables/$table: what is \"$word\"?" ;;
    esac
done 3<"$tables/$table"
say "$rows of $row_index rows have their models"
exit $status
