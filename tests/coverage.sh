#!/usr/bin/env bash
# Line and branch coverage of the three shipped assemblies by all suites together, and the lines that none of them runs.
# Child processes (litmus, torture) do not count, and tests that read machine code are left out: instrumented code is other code. Figures and exceptions: docs/reliability.md.
#
#   tests/coverage.sh [SUITE[@VARIABLE=VALUE]...]      default: all suites of the three layers, Rcu and Native in validation mode and Rcu with fenced readers too
set -u
cd "$(dirname "$0")/.."
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(Native Native@ALLOC_VALIDATION=1 Rcu Rcu@ALLOC_VALIDATION=1 Rcu@ALLOC_RCU_FENCED=1 PageTable Validated Hostile)
out=artifacts/coverage
for suite in "${suites[@]}"; do
  rm -rf "$out/$suite"
  mkdir -p "$out"
  variable=${suite#*@}
  [ "$variable" = "$suite" ] && variable=ALLOC_VALIDATION=0
  env "$variable" dotnet test "tests/${suite%@*}.Tests" -c Release --filter "FullyQualifiedName!~GeneratedCode&FullyQualifiedName!~HotPath&FullyQualifiedName!~ShapeTests" --settings tests/coverage.runsettings --collect "Code Coverage" --results-directory "$out/$suite" \
    > "$out/$suite.log" 2>&1 || echo "FAILED  $suite: $out/$suite.log"
done
python3 - "$out" <<'P'
import glob, re, sys, xml.etree.ElementTree as xml
lines, branches = {}, {}
for report in glob.glob(sys.argv[1] + '/**/*.cobertura.xml', recursive=True):
    for package in xml.parse(report).getroot().iter('package'):
        for c in package.iter('class'):
            for line in c.iter('line'):
                key = (package.get('name'), c.get('filename'), int(line.get('number')))
                lines[key] = max(lines.get(key, 0), int(line.get('hits')))
                covered = re.search(r'\((\d+)/(\d+)\)', line.get('condition-coverage') or '')
                if covered:
                    was = branches.get(key, (0, 0))
                    branches[key] = (max(was[0], int(covered[1])), max(was[1], int(covered[2])))
for package in sorted({k[0] for k in lines}):
    mine = [k for k in lines if k[0] == package]
    run = sum(lines[k] > 0 for k in mine)
    some = [branches[k] for k in mine if k in branches]
    taken, all_ = sum(b[0] for b in some), sum(b[1] for b in some)
    print(f'{package}: lines {run}/{len(mine)} {100 * run / len(mine):.1f} %, branches {taken}/{all_} {100 * taken / max(1, all_):.1f} %')
for file in sorted({k[1] for k in lines}):
    missed = sorted(k[2] for k in lines if k[1] == file and not lines[k])
    half = sorted(k[2] for k in branches if k[1] == file and lines[k] and branches[k][0] < branches[k][1])
    if missed or half:
        print(f'{"/".join(file.split("/")[-2:])}: never run {missed}; branches missed at {half}')
P
