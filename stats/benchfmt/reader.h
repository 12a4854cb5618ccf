// Reading benchmark files: one table of formats, each with a name, a test of the content and a reader.
//
// Readers are total: any bytes give results, problems, or an error for the file as a whole. A malformed line
// is a problem, not an error, and is dropped whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"
#include "stats/benchfmt/result.h"

namespace bench {

// Who receives what is read, in the order of the file.
class Records {
 public:
  virtual ~Records() = default;
  virtual void result(const Result& result) = 0;
  // Results that follow each other and differ only in what they measured: one for each of `iterations`, with
  // as many of `values` as `first` has. Means the same as a result() for each.
  virtual void results(Result& first, std::span<const int64_t> iterations, std::span<const double> values);
  // "file:line: message": what stands there is left out.
  virtual void problem(const std::string& message) = 0;
  // "file: message", about the file as a whole.
  virtual void note(const std::string& message) { problem(message); }
};

// What was left out, for those who are shown a line and not the list.
struct LeftOut {
  size_t count = 0;
  std::string first;  // "file:line: message"

  void add(const std::string& problem) {
    if (count++ == 0) first = problem;
  }
  void add(const LeftOut& other) {
    if (count == 0) first = other.first;
    count += other.count;
  }
};

// One file being read.
struct Source {
  std::string file;      // for messages
  Configuration config;  // starts with .file; readers add to it
  UnitMetadata& units;   // shared by all files of a run
  Records& records;
  // Where the text that is read was taken out of the file: for each of its lines, that of the file.
  const std::vector<size_t>* lines = nullptr;

  void problem(size_t line, const std::string& message) const {
    if (lines != nullptr) line = lines->at(line - 1);
    records.problem(file + ":" + std::to_string(line) + ": " + message);
  }
  void note(const std::string& message) const { records.note(file + ": " + message); }
};

struct Format {
  std::string_view name;  // empty: nobody can ask for it
  bool (*detect)(std::string_view data);
  prof::Result<void> (*read)(std::string_view data, Source& source);
};
// In the order in which they are tried; the last one takes everything.
const std::vector<Format>& formats();

// Null where there is none of that name.
const Format* format_named(std::string_view name);

// Decodes (byte order marks, UTF-16), detects the format unless it is forced, and reads.
prof::Result<void> read_benchmarks(std::string_view data, Source& source, const Format* forced = nullptr);

// The inputs of one run, as named on the command line: `path`, `label=path`, `-` for standard input. Paths
// named more than once without a label are labelled path#0, path#1, ...
struct Input {
  std::string path;
  std::string label;
};
std::vector<Input> parse_inputs(const std::vector<std::string>& arguments);

// Whether results with this .file are of the input with that label: LABEL, or of a report of ours
// LABEL:COLUMN.
bool is_of_input(std::string_view file, std::string_view label);

// In how many directories at or below the path criterion left results: benchmark.json says where they begin,
// and where there is none they begin at the path. 0 where it is no directory.
size_t criterion_directories(const std::string& path);

// Reads all inputs in order; fails at the first that cannot be read. A directory is one of criterion, as is
// what would be a baseline in one (formats.h). The
// labels of inputs that said something of units, which others had not said before.
prof::Result<std::vector<std::string>> read_inputs(const std::vector<Input>& inputs, UnitMetadata& units,
                                                   Records& records, const Format* forced = nullptr);

}  // namespace bench
