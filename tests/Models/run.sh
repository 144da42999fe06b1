#!/usr/bin/env bash
# Runs the checks of checks.txt: complete searches that must end without an error, and seeds that must find theirs.
#
#   run.sh                   the budgeted part, every group
#   run.sh all               the long programme too (run.sh long: without the short part)
#   run.sh [all] GROUP...    only these groups
#   run.sh list              the checks, one a line
#   run.sh trace NUMBER      search check NUMBER (as in `run.sh list`) and print the path to its error
#
# Prints one line a check and ends with "models: N passed, N failed". Exit code: 0 all passed, 1 some failed, 2 bad call, 3 no spin or no C compiler.
# Environment: MODELS_JOBS (searches at a time, default: processors), MODELS_TIMEOUT (seconds a search, default 600; 3600 in the long programme), CC.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cc=${CC:-cc}

# numbered checks: number|tier|group|expectation|model|flags
checks() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/checks.txt" | awk '{ f = ""; for (i = 5; i <= NF; i++) f = f (i > 5 ? " " : "") $i; print NR "|" $1 "|" $2 "|" $3 "|" $4 "|" f }'; }

# One check in the current directory. Sets verdict (ok, error, incomplete, timeout, broken), why, states, seconds.
search() { # expectation model flags
    local expect=$1 model=$2 flags=$3 compile="-DSAFETY" run="" optimize=-O1 limit=${MODELS_TIMEOUT:-600} memory=8000
    [[ $expect == fail* ]] && optimize=-O0 # found at once: compiling is what takes time
    [[ $expect == live || $expect == fail:cycle ]] && compile="-DNP" && run="-l"
    verdict=broken why="" states="" seconds=""
    # shellcheck disable=SC2086
    if ! spin $flags -a "$here/$model.pml" > spin.out 2>&1 || ! [ -s pan.c ]; then why=$(head -1 spin.out); return; fi
    if ! $cc $optimize -w $compile -DCOLLAPSE -DMEMLIM=$memory -o pan pan.c > cc.out 2>&1; then why=$(head -1 cc.out); return; fi
    timeout "$limit" nice -n 10 ./pan $run -m400000 -w"${HASH:-24}" > pan.out 2>&1
    local code=$? errors
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.out | head -1)
    states=$(awk '/states, stored/ { print $1; exit }' pan.out)
    seconds=$(awk '/elapsed time/ { print $4; exit }' pan.out)
    why=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' pan.out | head -1)
    if [ $code = 124 ]; then verdict=timeout
    elif [ -z "$errors" ]; then verdict=broken; why=$(tail -1 pan.out)
    elif [ "$errors" != 0 ]; then verdict=error
    elif grep -qE 'not completed|max search depth too small|out of memory|memory limit' pan.out; then verdict=incomplete
    else verdict=ok; fi
}

# Did the check do what checks.txt expects? A seed must end in the error it was planted for.
judge() { # expectation
    case $1 in
        ok|live) [ "$verdict" = ok ] ;;
        fail) [ "$verdict" = error ] ;;
        fail:end) [ "$verdict" = error ] && [[ $why == *"invalid end state"* ]] ;;
        fail:cycle) [ "$verdict" = error ] && [[ $why == *cycle* ]] ;;
        fail:*) [ "$verdict" = error ] && [[ $why == *"${1#fail:}"* ]] ;;
        *) why="bad expectation"; false ;;
    esac
}

one() { # number|tier|group|expectation|model|flags
    local number tier group expect model flags mark=FAILED work
    IFS='|' read -r number tier group expect model flags <<< "$1"
    work=$MODELS_WORK/$number
    mkdir -p "$work" && cd "$work" || return
    search "$expect" "$model" "$flags"
    judge "$expect" && mark=passed
    printf '%s %3d %-8s %-10s %s %s: %s%s, %s states, %s s\n' "$mark" "$number" "$group" "$expect" "$model" "$flags" \
        "$verdict" "${why:+ ($why)}" "${states:-?}" "${seconds:-?}" | tee result
    [ $mark = passed ] || cp -f pan.out "$MODELS_WORK/$number.out" 2> /dev/null
    rm -f pan pan.*
}

if [ "${1:-}" = --one ]; then one "$2"; exit 0; fi

command -v spin > /dev/null || { echo "models: spin is not installed (Debian: apt-get install spin)" >&2; exit 3; }
command -v "$cc" > /dev/null || { echo "models: no C compiler ($cc)" >&2; exit 3; }

tiers='^[0-9]*[|]short[|]'
case ${1:-} in
    list) checks; exit 0 ;;
    trace)
        line=$(checks | grep "^${2:-x}|") || { echo "models: no check ${2:-}; see run.sh list" >&2; exit 2; }
        IFS='|' read -r _ _ _ expect model flags <<< "$line"
        kind="-DSAFETY" run=""; [[ $expect == live || $expect == fail:cycle ]] && kind="-DNP" && run="-l"
        work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work" || exit 2
        # shellcheck disable=SC2086
        spin $flags -DTRACE -a "$here/$model.pml" && $cc -O1 -w $kind -DREACH -o pan pan.c || exit 2
        ./pan $run -m400000 > pan.out; grep -E 'errors:|^pan:' pan.out
        [ -f "$model.pml.trail" ] && ./pan -r "$model.pml.trail"
        exit 0 ;;
    all|long) [ "$1" = all ] && tiers='^[0-9]*[|]' || tiers='^[0-9]*[|]long[|]'; export MODELS_TIMEOUT=${MODELS_TIMEOUT:-3600}; shift ;;
esac

for group in "$@"; do checks | cut -d'|' -f3 | grep -qx -- "$group" || { echo "models: no group $group" >&2; exit 2; }; done
groups=$(IFS='|'; echo "${*:-[a-z]*}")
selected=$(checks | grep "$tiers" | grep -E "^[0-9]+[|][a-z]+[|]($groups)[|]")

MODELS_WORK=$(mktemp -d); export MODELS_WORK
trap 'rm -rf "$MODELS_WORK"' EXIT
echo "$selected" | tr '\n' '\0' | xargs -0 -n 1 -P "${MODELS_JOBS:-$(nproc 2> /dev/null || echo 2)}" "$here/run.sh" --one
total=$(echo "$selected" | wc -l)
passed=$(cat "$MODELS_WORK"/*/result 2> /dev/null | grep -c '^passed')
for out in "$MODELS_WORK"/*.out; do [ -f "$out" ] && { echo "--- search $(basename "$out" .out)"; grep -vE '^$' "$out" | head -30; }; done
echo "models: $passed passed, $((total - passed)) failed"
[ "$passed" = "$total" ]
