// Reports for programs and documents: tables of typed cells, written as JSON, CSV or Markdown. A report says
// what its columns are (tabulate.h); how a cell looks is the format's affair alone. docs/report-formats.md is
// the schema.
//
// Everything is written as it comes: a report may be as long as the profile.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libprof/report/traces.h"
#include "libprof/report/view.h"

namespace prof::report {

struct Amount {  // of what the report shows: its unit is the profile's for programs, readable for people
  int64_t value = 0;
};
struct Share {  // a percentage
  int64_t part = 0;
  int64_t of = 0;
};
using Cell = std::variant<bool, int64_t, uint64_t, Amount, Share, std::string, std::vector<std::string>,
                          std::vector<int64_t>, std::vector<uint64_t>>;

struct Column {
  const char* name;
  bool is_amount = false;
};

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // First: what the report is of. `value` writes amounts for people.
  virtual void begin(std::string_view report, const View& view, const Value& value) = 0;
  virtual void open(std::string_view name, std::span<const Column> columns) = 0;
  virtual void put(std::span<const Cell> cells) = 0;  // as many as the table has columns
  virtual void end() = 0;

  void table(std::string_view name, std::initializer_list<Column> columns) {
    open(name, std::span(columns.begin(), columns.size()));
  }
  void row(std::initializer_list<Cell> cells) { put(std::span(cells.begin(), cells.size())); }
};

struct TableFormat {
  const char* name;
  std::unique_ptr<TableWriter> (*make)(Sink sink);
};
std::span<const TableFormat> table_formats();

}  // namespace prof::report
