#!/usr/bin/env bash
# What `make lint` checks. Each check prints what is wrong and how to mend it; all of them run, then one exit code.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
check() {
  local title=$1
  shift
  if "$@"; then echo "ok    $title"; else echo "FAIL  $title"; failed=1; fi
}

format() {
  git ls-files --cached --others --exclude-standard '*.cc' '*.h' '*.c' |
    xargs clang-format-14 --dry-run --Werror 2>&1 | grep -E 'error:' | head -20 | sed 's/$/ (make format mends it)/'
  return "$((PIPESTATUS[2] == 0))"
}

# A file that `git add -A` swept up at the top is found here, not by a reader of the repository.
top_level() {
  local expected="CHANGELOG.md CMakeLists.txt CMakePresets.json CONTRIBUTING.md LICENSE Makefile README.md"
  expected+=" cmd docs flamegraph libprof stats testdata tests"
  local stray
  stray=$(git ls-files | cut -d/ -f1 | grep -v '^\.' | sort -u | grep -vxF "$(tr ' ' '\n' <<<"$expected")")
  [ -z "$stray" ] || { echo "not of the top level (git rm --cached it): $stray"; return 1; }
}

# Catch2 takes the name for an option of its own: "--help ..." passed without a run.
case_names() {
  ! git grep -n 'TEST_CASE("-' -- 'tests/*.cc'
}

check "no test's name begins like an option" case_names
check "nothing strays at the top level" top_level
check "formatting (clang-format 14)" format
check "folders use only what docs/architecture.md allows" python3 tests/lint/layers.py
check "one list of packages, sorted" python3 tests/lint/packages.py
exit "$failed"
