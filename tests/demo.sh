#!/usr/bin/env bash
# `make demo`: records real programs, prints top, draws a flame graph, compares benchmarks. Leaves its files in
# build/demo. Every command is shown before it runs, as you would type it.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/demo
mkdir -p "$out"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
show() {
  printf '$ %s\n' "$*"
  bash -c "$*"
}

sql="WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 6000000)
     SELECT count(*), sum(i % 7), max(i * 31 % 1000003) FROM n WHERE i % 3 <> 0;"
printf '%s\n' "$sql" > "$out/query.sql"
printf 'import json\nfor i in range(600): json.loads(json.dumps([{"id": n, "name": str(n)} for n in range(3000)]))\n' > "$out/work.py"

say "1. Where does the CPU time of a real program go? Nothing is recompiled, no root, no perf."
show "prof record -o $out/sqlite.prof sqlite3 :memory: < $out/query.sql"
show "prof top --nodecount 8 $out/sqlite.prof"

say "2. CPU time, memory and lock contention of one run."
show "prof record -e cpu,heap,mutex -o $out/ build/bin/wordfreq"
show "prof top --nodecount 8 $out/cpu.prof"
show "prof top --nodecount 4 --sample_index alloc_space $out/heap.prof"
show "prof top --nodecount 4 $out/mutex.prof"
show "prof list 'Table::add' $out/cpu.prof | head -24"

say "3. An interpreter, its C functions by name; and a flame graph in one file."
show "prof record -o $out/python.prof /usr/bin/python3 $out/work.py"
show "prof top --nodecount 6 $out/python.prof"
show "prof flame $out/python.prof -o $out/python.html"
show "prof flame $out/cpu.prof -o $out/wordfreq.svg"

say "4. Is the new version faster? benchstat's statistics, on Google Benchmark's JSON."
for side in map hash; do
  show "build/bin/table_bench_$side --benchmark_repetitions=8 --benchmark_min_time=0.02 --benchmark_format=json 2> /dev/null > $out/$side.json"
done
show "benchcmp old=$out/map.json new=$out/hash.json"

say "Next:"
cat <<END
  build/bin/prof record -- YOUR_PROGRAM ARGS    your program
  build/bin/prof web $out/cpu.prof        the flame graph and the top table in the browser
  xdg-open $out/python.html               the one of python3, a file you can send to others
  sudo make install                             prof and benchcmp on your PATH
END
