// The readers behind the table of reader.h: one file each.
#pragma once

#include "stats/benchfmt/reader.h"

namespace bench {

// What `go test -bench` prints: result lines, `key: value` lines, `Unit` lines; anything else is skipped.
prof::Result<void> read_go_text(std::string_view data, Source& source);

// What `go test -bench -json` prints: one JSON object a line whose Output pieces, put together by package,
// are Go text.
bool is_go_test_json(std::string_view data);
prof::Result<void> read_go_test_json(std::string_view data, Source& source);

// What Google Benchmark writes with --benchmark_format=json or --benchmark_out: its iterations, not its
// aggregates. real_time is sec/op, cpu_time is cpu-sec/op, bytes_per_second is B/s, items_per_second is
// items/s, other counters are units of their own name. num_cpus, library_build_type and what the program
// itself added to the context are configuration; the rest of the context (date, host_name, executable, ...)
// can be used in filters and projections, but does not split tables.
bool is_google_benchmark(std::string_view data);
prof::Result<void> read_google_benchmark(std::string_view data, Source& source);

// Any other JSON: an error that says so, rather than a file without benchmarks.
bool is_json(std::string_view data);
prof::Result<void> refuse_json(std::string_view data, Source& source);

}  // namespace bench
