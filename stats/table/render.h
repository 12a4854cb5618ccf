// Printing tables: one renderer a format. Each returns text and prints nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stats/table/style.h"
#include "stats/table/table.h"

namespace bench {

// benchstat's text: a header of columns, a row a benchmark, footnotes.
std::string render_text(const Tables& tables, const Style& style = {});
// The same in parts, from the first to the last.
using Put = std::function<void(std::string_view part)>;
void render_text(const Tables& tables, const Style& style, const Put& put);

// benchstat's CSV. Warnings name the cell they are about, as a spreadsheet would: "B6: ...".
struct Csv {
  std::string text;
  std::vector<std::string> warnings;
};
Csv render_csv(const Tables& tables);

// The lines above a table: `key: value` for each key whose value differs from that in the table
// that is printed before it.
std::vector<std::string> headings(const Tables& tables, size_t index);

// Whether the table has a last line: of one row the mean would be that row again.
bool has_summary(const Table& table);
// Of that line: "2.993µ", empty where there is none; and "+1.50%", or "?".
std::string format_mean(const ColumnSummary& summary, std::string_view unit);
std::string format_ratio(const ColumnSummary& summary);

}  // namespace bench
