#!/usr/bin/env bash
# The long runs, which are a record and no step of the build. Each prints a line for the ledger of docs/reliability.md and keeps its output
# in artifacts/ledger.
#
#   tests/ledger.sh [quick|full] [RUN...]
#
# quick: some minutes a run.   full: histories 100 million, torture and the stall for an hour, fuzzing a hundred times the suite's.
# RUN: torture stall churn histories schedules fuzz models mutants memcheck modes        (default: all)
# SEED=N for another seed than 1.
set -u
cd "$(dirname "$0")/.."
size=quick
case ${1:-} in quick|full) size=$1; shift ;; esac
runs=("$@")
[ ${#runs[@]} -gt 0 ] || runs=(torture stall churn histories schedules fuzz models mutants memcheck modes)
seed=${SEED:-1}
quick() { [ $size = quick ]; }
out=artifacts/ledger
mkdir -p "$out"
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD 2> /dev/null || echo '+')
failed=0

torture() { dotnet run -c Release --project tests/Torture -- --seed "$seed" "$@"; }
suite() { # scale, project, filter
  ALLOC_TEST_SEED=$((seed - 1)) ALLOC_TEST_SCALE=$1 dotnet test "tests/$2" -c Release --filter "$3" --logger 'console;verbosity=detailed'
}

run() {
  local began=$SECONDS mark figures
  case $1 in
    torture) if quick; then torture --seconds 300; else torture --seconds 3600; fi ;;
    # A cap of 256 MiB under a reader that stands still: two minutes make far more than ten million attempts.
    stall) if quick; then torture --scenario capped-stall --seconds 120; else torture --scenario capped-stall --seconds 3600; fi ;;
    # A thousand short threads a second: a hundred thousand in two minutes or so.
    churn) if quick; then torture --scenario thread-churn --seconds 60; else torture --scenario thread-churn --seconds 600; fi ;;
    histories) suite "$(quick && echo 5 || echo 100)" Validated.Tests "FullyQualifiedName~Recorded_histories|FullyQualifiedName~LinearizabilityTests.Neighbours" ;;
    schedules) suite 10 Validated.Tests "FullyQualifiedName~ExplorationTests" ;;
    fuzz) suite "$(quick && echo 10 || echo 100)" Hostile.Tests "FullyQualifiedName~Fuzz" ;;
    models) if quick; then tests/Models/run.sh; else tests/Models/run.sh all; fi ;;
    mutants) dotnet run -c Release --project tests/Mutants ;;
    memcheck) tests/memcheck.sh "$(quick && echo 20 || echo 300)" ;;
    modes) tests/modes.sh ;;
    *) echo "ledger: there is no run $1" >&2; exit 2 ;;
  esac > "$out/$1.log" 2>&1
  if [ $? -eq 0 ]; then mark=passed; else mark=FAILED failed=1; fi
  figures=$(grep -hE '^(ok |Passed!|models:|mutants:)|^ *Explored|histories,' "$out/$1.log" | sed -E 's/^ok +//; s/ +/ /g; s/ - Alloc.*//' | tail -n "${LINES_OF_FIGURES:-40}")
  printf '| %s | %s | %s | %s | %d | %s |\n' "$commit" "$1" "$size" "$seed" $((SECONDS - began)) "$mark"
  [ -z "$figures" ] || sed 's/^/      /' <<< "$figures"
}

echo '| commit | run | size | seed | seconds | result |'
for one in "${runs[@]}"; do run "$one"; done
exit $failed
