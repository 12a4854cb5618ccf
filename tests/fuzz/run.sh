#!/usr/bin/env bash
# usage: run.sh BIN SECONDS: runs each fuzz target of BIN for SECONDS. What it finds new goes to a scratch directory;
# an input that fails is kept in build/fuzz/crashes and named: make it a test, then a file of the corpus.
set -uo pipefail
cd "$(dirname "$0")/../.."
bin=$1 seconds=$2 failed=0
crashes=build/fuzz/crashes
mkdir -p "$crashes"
for target in "$bin"/*_fuzz; do
  name=$(basename "$target" _fuzz)
  scratch=$(mktemp -d)
  if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -artifact_prefix="$crashes/$name-" \
      "$scratch" "tests/fuzz/corpus/$name" > "$scratch.log" 2>&1; then
    printf '%-16s ok    %s\n' "$name" "$(grep -oE 'Done [0-9]+ runs in [0-9]+ second' "$scratch.log")s"
  else
    failed=1
    printf '%-16s FAIL  see %s\n' "$name" "$scratch.log"
    grep -E 'SUMMARY|Test unit written' "$scratch.log"
  fi
  rm -rf "$scratch"
done
exit "$failed"
