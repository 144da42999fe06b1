#!/usr/bin/env bash
# Scenarios of the torture program under valgrind's memcheck: reads of memory that was never written, and reads and writes outside
# what the C library gave. Pages come from the C library there (--aligned-alloc), chunk by chunk; a page that was freed and is read shows to the
# guard pages of the hardened mode instead (ALLOC_TEST_HARDENING=Guard).
#
#   tests/memcheck.sh [SECONDS] [SCENARIO...]     default: 30 seconds each of a list that meets every kind of node
#
# First the control: a branch on a page that nobody wrote must be reported. Exit code: 0 clean, 1 errors, 2 the control was not reported, 3 no valgrind.
set -u
cd "$(dirname "$0")/.."
command -v valgrind > /dev/null || { echo "memcheck: valgrind is not installed" >&2; exit 3; }
seconds=${1:-30}
[ $# -gt 0 ] && shift
scenarios=("$@")
[ ${#scenarios[@]} -gt 0 ] || scenarios=(map-zap duel split-unlink cells enumerators trim semi-rcu pages)
dotnet build tests/Torture -c Release -v q -nologo || exit 1
out=artifacts/memcheck
mkdir -p "$out"

# One compilation of each method, code that is not mapped twice, a small managed heap: memcheck follows code that changes only where it is told to.
export DOTNET_TieredCompilation=0 DOTNET_EnableWriteXorExecute=0 DOTNET_GCHeapHardLimit=0x10000000 DOTNET_gcServer=0 DOTNET_gcConcurrent=0
check() { # log, arguments...
  local log=$1
  shift
  valgrind --smc-check=all-non-file --suppressions=tests/memcheck.supp --error-exitcode=99 --log-file="$log" \
    dotnet tests/Torture/bin/Release/net10.0/Alloc.Torture.dll --aligned-alloc "$@" > "$log.out" 2>&1
}

check "$out/control.log" --fault-uninitialised --scenario pages --seconds 1
[ $? -eq 99 ] || { echo "memcheck: the control was not reported"; tail -5 "$out/control.log" "$out/control.log.out"; exit 2; }
echo "ok      control: a branch on what nobody wrote is reported"
failed=0
for scenario in "${scenarios[@]}"; do
  if check "$out/$scenario.log" --scenario "$scenario" --seconds "$seconds"; then
    echo "ok      $scenario   $(sed -n 's/^ok *[a-z-]* *//p' "$out/$scenario.log.out")"
  else
    echo "FAILED  $scenario: $out/$scenario.log"
    tail -4 "$out/$scenario.log" "$out/$scenario.log.out"
    failed=1
  fi
done
exit $failed
