// The readers behind the table of reader.h: one file each.
#pragma once

#include "stats/benchfmt/line_blocks.h"
#include "stats/benchfmt/reader.h"

namespace bench {

// What `go test -bench` prints: result lines, `key: value` lines, `Unit` lines; anything else is skipped.
prof::Result<void> read_go_text(std::string_view data, Source& source);
prof::Result<void> read_go_text(const LineBlocks& file, Source& source);

// What `go test -bench -json` prints: one JSON object a line whose Output pieces, put together by package,
// are Go text.
bool is_go_test_json(std::string_view data);
prof::Result<void> read_go_test_json(std::string_view data, Source& source);

// What Google Benchmark writes with --benchmark_format=json or --benchmark_out: its iterations; of benchmarks
// that have aggregates only the mean and standard deviation, as a summary. real_time is sec/op, cpu_time is
// cpu-sec/op, bytes_per_second is B/s, items_per_second is items/s, other counters are units of their own
// name. num_cpus, library_build_type and what the program itself added to the context are configuration; the
// rest of the context (date, host_name, executable, ...) can be used in filters and projections, but does not
// split tables. A file may have several of its outputs, and what the program prints around them.
bool is_google_benchmark(std::string_view data);
prof::Result<void> read_google_benchmark(std::string_view data, Source& source);

// What Google Benchmark prints: repetitions, not aggregates.
bool is_google_console(std::string_view data);
prof::Result<void> read_google_console(std::string_view data, Source& source);

// What Catch2 2 and 3 print, and write with the XML reporter: summaries. The name is CASE/BENCHMARK.
bool is_catch2_console(std::string_view data);
prof::Result<void> read_catch2_console(std::string_view data, Source& source);
bool is_catch2_xml(std::string_view data);
prof::Result<void> read_catch2_xml(std::string_view data, Source& source);

// hyperfine --export-json: times, and peak memory where it has that.
bool is_hyperfine(std::string_view data);
prof::Result<void> read_hyperfine(std::string_view data, Source& source);

// Criterion's sample.json. A directory stands for all {name}/new/sample.json below it, or those of the only
// baseline; DIRECTORY/BASELINE, where no such path is, for those of that one. False where there is none.
bool is_criterion(std::string_view data);
prof::Result<void> read_criterion(std::string_view data, Source& source);
prof::Result<bool> read_criterion_directory(const std::string& path, Source& source);
// What criterion prints, which has intervals alone: an error that says where the runs are.
bool is_criterion_text(std::string_view data);
prof::Result<void> refuse_criterion_text(std::string_view data, Source& source);

// `test NAME ... bench: N ns/iter (+/- M)`, of cargo bench and criterion's bencher output.
bool is_cargo(std::string_view data);
prof::Result<void> read_cargo(std::string_view data, Source& source);

// nanobench's JSON template.
bool is_nanobench(std::string_view data);
prof::Result<void> read_nanobench(std::string_view data, Source& source);

// pytest-benchmark: runs with --benchmark-save-data, else summaries.
bool is_pytest_benchmark(std::string_view data);
prof::Result<void> read_pytest_benchmark(std::string_view data, Source& source);

// pyperf: values, not warmups.
bool is_pyperf(std::string_view data);
prof::Result<void> read_pyperf(std::string_view data, Source& source);

// What benchcmp --format json wrote: its runs, labelled FILE:COLUMN.
bool is_own_json(std::string_view data);
prof::Result<void> read_own_json(std::string_view data, Source& source);

// Whether it begins with an object.
bool is_json(std::string_view data);
// Any other JSON, objects and lists of them: an error that says so, rather than a file without benchmarks.
bool is_any_json(std::string_view data);
prof::Result<void> refuse_json(std::string_view data, Source& source);

}  // namespace bench
