// Everything that is known about a comparison, printed: one renderer a format, one row each of one table.
// Renderers return text and print nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stats/gate/judge.h"
#include "stats/report/growth.h"
#include "stats/table/style.h"

namespace bench {

struct Report {
  const Tables& tables;
  const Verdict& verdict;
  const Policy& policy;
  const Options& options;
  Style style;
  std::vector<Explanation> explanations = {};  // of regressions, where profiles were made
};

// Verdict, then tables as benchstat prints them. Only the tables where nothing was compared.
std::string render_terminal(const Report& report);
// For a pull request: verdict, rows that matter, the full table folded, a legend.
std::string render_markdown(const Report& report);
// docs/benchcmp.md has the schema.
std::string render_json(const Report& report);
// One file without references to others: verdict, tables, a dot plot for each row.
std::string render_html(const Report& report);

struct Renderer {
  std::string_view name;
  std::string (*render)(const Report& report);
};
constexpr Renderer kRenderers[] = {
    {"text", render_terminal}, {"markdown", render_markdown}, {"json", render_json}, {"html", render_html}};

// For tools beside the report. GitHub's are workflow commands, a line each; JUnit's is a document in which
// each comparison is a test case.
std::string render_github(const Report& report);
std::string render_junit(const Report& report);

// Which rows are printed, in which order: nothing is recomputed, means are still over all rows.
enum class SortBy { kInput, kDelta, kName, kP };
struct Arrangement {
  SortBy sort = SortBy::kInput;  // kDelta: largest change first; kP: smallest first
  bool changed_only = false;     // rows with a significant difference, or that a verdict names as changed
};
void arrange(Tables& tables, const Arrangement& arrangement, const Verdict* verdict = nullptr);

// The verdict in one word: "regressed", "missing", "inconclusive", "passed".
std::string_view outcome_of(const Verdict& verdict, const Policy& policy);
// The judgement of a cell, or null.
const Judgement* judgement_of(const Verdict& verdict, size_t table, size_t row, size_t cell);
// `text` with & < > " ' and control characters as entities.
std::string escape_markup(std::string_view text);

}  // namespace bench
