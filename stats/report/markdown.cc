#include "stats/gate/describe.h"
#include "stats/report/report.h"
#include "stats/table/footnotes.h"
#include "stats/table/render.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr const char* kLegend =
    ", ± its confidence interval. The change is from the first "
    "column, "
    "`~` where it may well be noise; the interval behind it is that of the shift. sec/op, B/op, allocs/op "
    "are "
    "seconds, bytes and allocations of one operation. geomean is the mean of the ratios of all rows.</sub>\n";

// What values are.
std::string center_of(const Report& report) {
  bool runs = false, summaries = false;
  for (const Table& table : report.tables.tables) {
    for (const Cell& cell : table.cells) (cell.moments != nullptr ? summaries : runs) = true;
  }
  const std::string of_runs = report.options.quantile > 0
                                  ? "quantile " + format_shortest(report.options.quantile) + " of its runs"
                                  : "the median of its runs";
  const std::string of_summaries = "the mean that its input has instead of runs";
  return !summaries ? of_runs : !runs ? of_summaries : of_runs + ", or " + of_summaries;
}

// Text of others within a table: neither a new cell nor markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("|\\`*_[]~").find(c) != std::string_view::npos) out += '\\';
    if (c == '<') {
      out += "&lt;";
    } else {
      out += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return out;
}

const char* mark(const Judgement& judgement) {
  if (judgement.waiver != nullptr) return "⚪ waived";
  switch (judgement.outcome) {
    case Outcome::kRegressed:
      return "🔴 regressed";
    case Outcome::kImproved:
      return "🟢 improved";
    case Outcome::kInconclusive:
      return "🟡 inconclusive";
    case Outcome::kUnchanged:
    case Outcome::kUndirected:
      break;
  }
  return "";
}

// "p=0.024; about 3 more runs of each would tell".
std::string why(const Judgement& judgement, const Cell& now) {
  const std::string p = judgement.deterministic ? "" : "p=" + format_fixed(test_of(judgement, now).p, 3);
  const std::string remarks = cell(remarks_on(judgement));
  return p + (p.empty() || remarks.empty() ? "" : "; ") + remarks;
}

std::string important_rows(const Report& report) {
  std::string text;
  for (const Outcome outcome : {Outcome::kRegressed, Outcome::kInconclusive, Outcome::kImproved}) {
    for (const Judgement& judgement : report.verdict.judgements) {
      if (judgement.outcome != outcome) continue;
      const Table& table = report.tables.tables[judgement.table];
      const Row& row = table.rows[judgement.row];
      const Cell& now = row.cells[judgement.cell];
      const Scale scale =
          common_scale({row.baseline()->summary.center, now.summary.center}, class_of(table.unit));
      const std::string where = place_of(report.tables, table);
      const bool is_one_of_many = table.columns.size() > 2;
      text += std::string("| ") + mark(judgement) + " | " + cell(row.label) +
              (where.empty() ? "" : " (" + cell(where) + ")") +
              (is_one_of_many ? " in " + cell(column_of(table, now.column)) : "") + " | " + cell(table.unit) +
              " | " + scale.format(row.baseline()->summary.center) + " | " +
              scale.format(now.summary.center) + " | **" + change_of(judgement, report.tables) + "** " +
              (judgement.shift ? cell(interval(judgement.shift->lo, judgement.shift->hi)) : "exact") + " | " +
              why(judgement, now) + " |\n";
    }
  }
  if (text.empty()) return text;
  return "| | benchmark | unit | before | after | change | |\n|---|---|---|--:|--:|--:|---|\n" + text + "\n";
}

std::string geomean_row(const Table& table, const Footnotes& notes) {
  if (!has_summary(table)) return "";
  std::string text = "| geomean |";
  for (size_t column = 0; column < table.columns.size(); column++) {
    const ColumnSummary& summary = table.summaries[column];
    const std::string marks = notes.marks({summary.warnings});
    text += " " + format_mean(summary, table.unit) + (column == 0 ? marks : "") + " |";
    if (column > 0) text += " " + format_ratio(summary) + marks + " |";
  }
  return text + "\n";
}

std::string full_table(const Tables& tables, size_t index) {
  const Table& table = tables.tables[index];
  const Footnotes notes(table);
  std::string text;
  for (const std::string& line : headings(tables, index)) text += cell(line) + "  \n";
  text += "\n| " + cell(table.unit) + " |";
  std::string rule = "|---|";
  for (size_t column = 0; column < table.columns.size(); column++) {
    text += " " + cell(column_of(table, column)) + " |" + (column > 0 ? " vs base |" : "");
    rule += column > 0 ? "--:|--:|" : "--:|";
  }
  text += "\n" + rule + "\n";
  for (const size_t r : table.order) {
    const Row& row = table.rows[r];
    text += "| " + cell(row.label) + " |";
    std::vector<double> centers;
    for (const Cell& value : row.cells) centers.push_back(value.summary.center);
    const Scale scale = common_scale(centers, class_of(table.unit));
    size_t next = 0;
    for (size_t column = 0; column < table.columns.size(); column++) {
      if (next >= row.cells.size() || row.cells[next].column != column) {
        text += column > 0 ? " | |" : " |";
        continue;
      }
      const Cell& value = row.cells[next++];
      text += " " + scale.format(value.summary.center) + " ± " + format_interval(value.summary) +
              notes.marks({value.warnings, value.summary.warnings}) + " |";
      if (column == 0) continue;
      if (value.comparison) {
        text += " " + format_delta(*value.comparison, row.baseline()->summary.center, value.summary.center) +
                " (" + format_comparison(*value.comparison) + ")" + notes.marks({value.comparison->warnings});
      }
      text += " |";
    }
    text += "\n";
  }
  text += geomean_row(table, notes) + "\n";
  for (const std::string& line : notes.lines()) text += cell(line) + "  \n";
  return text + (notes.empty() ? "" : "\n");
}

std::string growth_table(const Explanation& explanation) {
  std::string text = "**" + cell(title_of(explanation)) + "**\n\n";
  if (const std::string warning = warning_of(explanation); !warning.empty())
    text += "Warning: " + warning + "\n\n";
  if (explanation.functions.empty()) return text;
  text += "| function | itself | with callees |\n|---|--:|--:|\n";
  for (const Growth& growth : explanation.functions) {
    text += "| " + cell(growth.function) + " | " + change_of(growth.flat_before, growth.flat_after) + " | " +
            change_of(growth.cum_before, growth.cum_after) + " |\n";
  }
  if (!explanation.flame_graph.empty())
    text += "\nFlame graph of new minus old: " + cell(explanation.flame_graph) + "\n";
  return text + "\n";
}

std::string list(const char* title, const std::vector<Unpaired>& rows, const char* preposition) {
  std::string text;
  for (const Unpaired& row : rows)
    text += std::string("- ") + title + ": " + cell(describe(row, preposition)) + "\n";
  return text;
}

}  // namespace

std::string render_markdown(const Report& report) {
  const Verdict& verdict = report.verdict;
  std::string text = "### Benchmarks: " + cell(headline(verdict, report.policy, report.options)) + "\n\n";
  text += important_rows(report);
  for (const Explanation& explanation : report.explanations) text += growth_table(explanation);
  std::string notes = list("vanished", verdict.vanished, "from") + list("new", verdict.added, "in");
  for (const Finding& finding : verdict.findings) {
    notes += "- note: " + cell(finding.note) + ": " + cell(finding.example) +
             (finding.count > 1 ? " and " + std::to_string(finding.count - 1) + " more" : "") + "\n";
  }
  for (const std::string& warning : verdict.warnings) notes += "- warning: " + cell(warning) + "\n";
  if (const std::string units = without_direction(verdict.undirected_units); !units.empty())
    notes += "- not judged: " + cell(units) + "\n";
  if (!notes.empty()) text += notes + "\n";
  text += "<details><summary>All results</summary>\n\n";
  for (size_t i = 0; i < report.tables.tables.size(); i++) {
    if (!report.tables.tables[i].order.empty()) text += full_table(report.tables, i);
  }
  text += "</details>\n\n";
  text += "<sub>Each value is " + center_of(report) + kLegend;
  return report.style.ascii ? to_ascii(text) : text;
}

}  // namespace bench
