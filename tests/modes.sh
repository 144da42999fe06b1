#!/usr/bin/env bash
# The suites of the three layers in other modes of the runtime and of the fixtures: no tiers, Server GC, one core, guard pages.
#
#   tests/modes.sh [MODE...]      default: untiered server onecore guard poison
set -u
cd "$(dirname "$0")/.."
modes=("$@")
[ ${#modes[@]} -gt 0 ] || modes=(untiered server onecore guard poison)
mkdir -p artifacts/modes
failed=0
for suite in Native Rcu PageTable Validated Hostile; do dotnet build "tests/$suite.Tests" -c Release -v q -nologo > artifacts/modes/build.log 2>&1 || { tail artifacts/modes/build.log; exit 1; }; done
for mode in "${modes[@]}"; do
  suites=(Native Rcu PageTable Validated Hostile)
  case $mode in
    untiered) run=(env DOTNET_TieredCompilation=0) ;;
    server) run=(env DOTNET_gcServer=1 DOTNET_GCHeapCount=2) ;;
    # With one core no store can be seen late: the litmus programs skip themselves.
    onecore) run=(taskset -c 0) ;;
    # What was freed faults, or is found to have been written, when its page leaves the quarantine.
    guard) run=(env ALLOC_TEST_HARDENING=Guard) suites=(PageTable Validated Hostile) ;;
    poison) run=(env ALLOC_TEST_HARDENING=Poison) suites=(PageTable Validated Hostile) ;;
    *) echo "modes: there is no mode $mode" >&2; exit 2 ;;
  esac
  for suite in "${suites[@]}"; do
    began=$SECONDS
    if "${run[@]}" dotnet test "tests/$suite.Tests" -c Release --no-build > "artifacts/modes/$mode-$suite.log" 2>&1; then mark=ok; else mark=FAILED failed=1; fi
    printf '%-8s%-10s%-12s%4d s   %s\n' "$mark" "$mode" "$suite" $((SECONDS - began)) "$(grep -E '^(Passed|Failed)!' "artifacts/modes/$mode-$suite.log" | sed 's/ - Alloc.*//')"
  done
done
exit $failed
