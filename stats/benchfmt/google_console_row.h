// A row of Google Benchmark's console: NAME TIME UNIT CPU UNIT ITERATIONS [COUNTER=VALUE...] [LABEL], or
// counters as values alone below the names that the header has (--benchmark_counters_tabular=true).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "stats/benchfmt/google_entry.h"
#include "stats/benchfmt/printed_time.h"

namespace bench {

bool is_google_header(std::string_view line);
// Where in a row below the header the name ends, at most: the column is as wide as the longest one. 0: not
// known, the header is of another version.
size_t google_name_width(std::string_view header);
// What stands behind "Iterations" in a header: names of counters; empty where rows have NAME=VALUE.
std::string_view google_counter_names(std::string_view header);

constexpr size_t kGoogleColumns = 5;  // TIME UNIT CPU UNIT ITERATIONS

struct GoogleColumns {
  PrintedTime real, cpu;
  int64_t iterations = 0;
};

// The columns that begin at words[at].
std::optional<GoogleColumns> google_columns_at(const std::vector<std::string_view>& words, size_t at);

// Where the time stands, behind the name, which may have spaces, numbers and units, as the label may: behind
// `name_width`; else the last place that has all columns; else, of a line that was cut, the first number and
// unit, or a number at its end. 0 where there is none.
size_t google_time_of(std::string_view line, const std::vector<std::string_view>& words, size_t name_width);

// Whether the row is of a share, which has % in place of units.
bool is_google_share(const std::vector<std::string_view>& words);

// Appends what stands behind the number of iterations. Of counters in a row the names ascend; a name with
// spaces in it is one only where counters alone follow to the end of the row: else the label begins there.
// False where values do not stand below the names of the header.
bool read_google_counters(std::string_view names, std::string_view counters, std::vector<Measured>& measured);

}  // namespace bench
