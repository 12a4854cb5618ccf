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

check "formatting (clang-format 14)" format
check "folders use only what docs/architecture.md allows" python3 tests/lint/layers.py
check "one list of packages, sorted" python3 tests/lint/packages.py
exit "$failed"
