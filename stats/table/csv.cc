#include <algorithm>

#include "stats/table/render.h"
#include "stats/text/number.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

constexpr size_t kLabelWidth = 1, kCenterWidth = 2, kDeltaWidth = 2;

size_t start_of(size_t column) {
  return column == 0 ? kLabelWidth : kLabelWidth + kCenterWidth + (column - 1) * (kCenterWidth + kDeltaWidth);
}

// A, B, ..., Z, AA, AB, ...
std::string column_name(size_t index) {
  std::string name;
  for (size_t rest = index + 1; rest > 0; rest = (rest - 1) / 26) {
    name += static_cast<char>('A' + (rest - 1) % 26);
  }
  std::reverse(name.begin(), name.end());
  return name;
}

bool needs_quotes(std::string_view field) {
  if (field.empty()) return false;
  if (field == "\\." || field.find_first_of(",\"\r\n") != std::string_view::npos) return true;
  return is_space(decode_rune(field).code);
}

class CsvWriter {
 public:
  void add(std::string field) { fields_.push_back(std::move(field)); }
  void skip_to(size_t column) {
    if (fields_.size() < column) fields_.resize(column);
  }
  void end_line() {
    for (size_t i = 0; i < fields_.size(); i++) {
      if (i > 0) csv_.text += ',';
      append(fields_[i]);
    }
    csv_.text += '\n';
    fields_.clear();
    line_++;
  }
  // About the cell that comes next.
  void warn(const Notes& messages) {
    for (const std::string& message : messages) {
      csv_.warnings.push_back(column_name(fields_.size()) + std::to_string(line_) + ": " + message);
    }
  }
  Csv take() { return std::move(csv_); }

 private:
  void append(const std::string& field) {
    if (!needs_quotes(field)) {
      csv_.text += field;
      return;
    }
    csv_.text += '"';
    for (const char c : field) csv_.text.append(c == '"' ? 2 : 1, c);
    csv_.text += '"';
  }

  Csv csv_;
  std::vector<std::string> fields_;
  size_t line_ = 1;
};

void add_header(CsvWriter& out, const Table& table) {
  const size_t end = start_of(table.columns.size());
  for (size_t level = 0; level < table.levels; level++) {
    for (size_t column = 0; column < table.columns.size(); column++) {
      out.skip_to(start_of(column));
      out.add(table.columns[column][level]);
    }
    out.skip_to(end);
    out.end_line();
  }
  for (size_t column = 0; column < table.columns.size(); column++) {
    out.skip_to(start_of(column));
    out.add(table.unit);
    out.add("CI");
    if (column > 0) {
      out.add("vs base");
      out.add("P");
    }
  }
  out.end_line();
}

void add_row(CsvWriter& out, const Row& row) {
  out.add(row.label);
  for (const Cell& cell : row.cells) {
    out.skip_to(start_of(cell.column));
    out.warn(cell.warnings);
    out.warn(cell.summary.warnings);
    out.add(format_shortest(cell.summary.center));
    out.add(format_interval(cell.summary));
    if (!cell.comparison) continue;
    out.warn(cell.comparison->warnings);
    out.add(format_delta(*cell.comparison, row.baseline()->summary.center, cell.summary.center));
    out.add(format_comparison(*cell.comparison));
  }
  out.end_line();
}

void add_summary(CsvWriter& out, const Table& table) {
  out.add("geomean");
  for (size_t column = 0; column < table.columns.size(); column++) {
    const ColumnSummary& summary = table.summaries[column];
    out.skip_to(start_of(column));
    out.warn(summary.warnings);
    if (summary.mean) out.add(format_shortest(*summary.mean));
    if (column == 0) continue;
    out.skip_to(start_of(column) + kCenterWidth);
    out.add(format_ratio(summary));
  }
  out.skip_to(start_of(table.columns.size()));
  out.end_line();
}

}  // namespace

Csv render_csv(const Tables& tables) {
  CsvWriter out;
  bool first = true;
  for (size_t i = 0; i < tables.tables.size(); i++) {
    if (tables.tables[i].order.empty()) continue;
    if (!first) out.end_line();
    first = false;
    for (const std::string& line : headings(tables, i)) {
      out.add(line);
      out.end_line();
    }
    add_header(out, tables.tables[i]);
    for (const size_t row : tables.tables[i].order) add_row(out, tables.tables[i].rows[row]);
    add_summary(out, tables.tables[i]);
  }
  return out.take();
}

}  // namespace bench
