// Printing tables: one renderer a format. Each returns text and prints nothing.
#pragma once

#include <string>
#include <vector>

#include "stats/table/style.h"
#include "stats/table/table.h"

namespace bench {

// benchstat's text: a header of columns, a row a benchmark, footnotes.
std::string render_text(const Tables& tables, const Style& style = {});

// benchstat's CSV. Warnings name the cell they are about, as a spreadsheet would: "B6: ...".
struct Csv {
  std::string text;
  std::vector<std::string> warnings;
};
Csv render_csv(const Tables& tables);

// The lines above a table: `key: value` for each key whose value differs from that in the table
// that is printed before it.
std::vector<std::string> headings(const Tables& tables, size_t index);

}  // namespace bench
