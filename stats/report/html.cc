#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/gate/describe.h"
#include "stats/report/report.h"
#include "stats/table/footnotes.h"
#include "stats/table/render.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Benchmarks</title>
<style>
:root{color-scheme:light dark;--line:#8884;--worse:#c2410c;--better:#0369a1;--unsure:#a16207;--dot:#8889}
@media(prefers-color-scheme:dark){:root{--worse:#fb923c;--better:#7dd3fc;--unsure:#facc15}}
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.2rem}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:7rem}caption{text-align:left;font-weight:600}
.regressed,.missing{color:var(--worse);font-weight:600}.improved{color:var(--better);font-weight:600}.inconclusive{color:var(--unsure)}
small{display:block;white-space:normal}
svg{display:block;width:100%;min-width:9rem;max-width:18rem;margin-left:auto;height:auto}circle{fill:var(--dot)}.now circle{fill:var(--better)}
.median{stroke:currentColor;stroke-width:2}.interval{stroke:currentColor;stroke-width:1}
</style></head><body>
)";

struct Span {
  double lo = INFINITY, hi = -INFINITY;
  void hold(double value) {
    if (!std::isfinite(value)) return;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
};

// One line a column: each run a dot in the order of the runs from top to bottom, the median a bar, its
// interval a line.
std::string dot_plot(const Row& row, const Table& table) {
  constexpr double kWidth = 288, kLine = 22, kMargin = 6, kSpread = 7;
  constexpr size_t kMostDots = 500;
  Span span;
  for (const Cell& cell : row.cells) {
    span.hold(cell.sample.front());
    span.hold(cell.sample.back());
  }
  if (!(span.lo <= span.hi)) return "";
  const auto x = [&](double value) {
    const double share = span.hi > span.lo ? (value - span.lo) / (span.hi - span.lo) : 0.5;
    return kMargin + std::clamp(share, 0.0, 1.0) * (kWidth - 2 * kMargin);
  };
  std::string svg = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="runs of {}">)", kWidth,
                                kLine * static_cast<double>(row.cells.size()), escape_markup(row.label));
  for (size_t i = 0; i < row.cells.size(); i++) {
    const Cell& cell = row.cells[i];
    const std::span<const double> runs = cell.runs().empty() ? cell.sample : cell.runs();
    const double middle = kLine * (static_cast<double>(i) + 0.5);
    svg += fmt::format(R"(<g class="{}"><title>{}</title>)", i > 0 ? "now" : "base",
                       escape_markup(column_of(table, cell.column)));
    const size_t step = runs.size() / kMostDots + 1;
    for (size_t r = 0; r < runs.size(); r += step) {
      if (!std::isfinite(runs[r])) continue;
      const double place =
          runs.size() > 1 ? static_cast<double>(r) / static_cast<double>(runs.size() - 1) : 0.5;
      svg += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2"/>)", x(runs[r]),
                         middle + (2 * place - 1) * kSpread);
    }
    if (std::isfinite(cell.summary.lo) && std::isfinite(cell.summary.hi)) {
      svg += fmt::format(R"(<path class="interval" d="M{:.1f} {:.1f}H{:.1f}"/>)", x(cell.summary.lo), middle,
                         x(cell.summary.hi));
    }
    if (std::isfinite(cell.summary.center)) {
      svg +=
          fmt::format(R"(<path class="median" d="M{:.1f} {:.1f}v10"/>)", x(cell.summary.center), middle - 5);
    }
    svg += "</g>";
  }
  return svg + "</svg>";
}

std::string geomean_row(const Table& table, const Footnotes& notes) {
  if (!has_summary(table)) return "";
  std::string text = "<tr><td>geomean</td>";
  for (size_t column = 0; column < table.columns.size(); column++) {
    const ColumnSummary& summary = table.summaries[column];
    const std::string marks = notes.marks({summary.warnings});
    text += "<td>" + format_mean(summary, table.unit) + (column == 0 ? marks : "") + "</td>";
    if (column > 0) text += "<td>" + format_ratio(summary) + marks + "</td><td></td>";
  }
  return text + "<td></td></tr>\n";
}

std::string render_table(const Report& report, size_t index) {
  const Table& table = report.tables.tables[index];
  const Footnotes notes(table);
  std::string caption = table.unit;
  for (const std::string& line : headings(report.tables, index)) caption += " · " + line;
  std::string text =
      "<table><caption>" + escape_markup(caption) + "</caption><thead><tr><th scope=\"col\">benchmark</th>";
  for (size_t column = 0; column < table.columns.size(); column++) {
    text += "<th scope=\"col\">" + escape_markup(column_of(table, column)) + "</th>";
    if (column > 0) text += "<th scope=\"col\">change</th><th scope=\"col\">verdict</th>";
  }
  text += "<th scope=\"col\">runs, a line a column</th></tr></thead><tbody>\n";
  for (const size_t r : table.order) {
    const Row& row = table.rows[r];
    text += "<tr><td>" + escape_markup(row.label) + "</td>";
    std::vector<double> centers;
    for (const Cell& cell : row.cells) centers.push_back(cell.summary.center);
    const Scale scale = common_scale(centers, class_of(table.unit));
    size_t next = 0;
    for (size_t column = 0; column < table.columns.size(); column++) {
      if (next >= row.cells.size() || row.cells[next].column != column) {
        text += column > 0 ? "<td></td><td></td><td></td>" : "<td></td>";
        continue;
      }
      const Cell& cell = row.cells[next];
      const Judgement* judgement = judgement_of(report.verdict, index, r, next++);
      text += "<td>" + scale.format(cell.summary.center) + " ± " + format_interval(cell.summary) +
              notes.marks({cell.warnings, cell.summary.warnings}) + "</td>";
      if (column == 0) continue;
      if (judgement == nullptr) {
        text += "<td></td><td></td>";
        continue;
      }
      const char* word = name_of(judgement->outcome).word;
      const std::string remarks = remarks_on(*judgement);
      text +=
          fmt::format("<td>{} {}</td><td class=\"{}\">{} ({}){}{}</td>", change_of(*judgement, report.tables),
                      judgement->shift ? interval(judgement->shift->lo, judgement->shift->hi) : "", word,
                      judgement->waiver != nullptr ? "waived" : word,
                      judgement->deterministic ? "exact" : format_comparison(test_of(*judgement, cell)),
                      notes.marks({test_of(*judgement, cell).warnings}),
                      remarks.empty() ? "" : "<small>" + escape_markup(remarks) + "</small>");
    }
    text += "<td>" + dot_plot(row, table) + "</td></tr>\n";
  }
  text += geomean_row(table, notes) + "</tbody></table>\n";
  for (const std::string& line : notes.lines()) text += "<small>" + escape_markup(line) + "</small>\n";
  return text;
}

std::string growth_table(const Explanation& explanation) {
  std::string text = "<p>" + escape_markup(title_of(explanation)) + "</p>\n";
  if (const std::string warning = warning_of(explanation); !warning.empty())
    text += "<p>Warning: " + warning + "</p>\n";
  text += "<table><tbody>\n";
  for (const Growth& growth : explanation.functions) {
    text += fmt::format("<tr><td>{}</td><td>{}</td><td>with callees {}</td></tr>\n",
                        escape_markup(growth.function), change_of(growth.flat_before, growth.flat_after),
                        change_of(growth.cum_before, growth.cum_after));
  }
  text += "</tbody></table>\n";
  if (!explanation.flame_graph.empty())
    text += "<p>Flame graph of new minus old: " + escape_markup(explanation.flame_graph) + "</p>\n";
  return text;
}

}  // namespace

std::string render_html(const Report& report) {
  const Verdict& verdict = report.verdict;
  std::string text = kHead;
  text += fmt::format("<h1 class=\"{}\">{}</h1>\n", outcome_of(verdict, report.policy),
                      escape_markup(headline(verdict, report.policy, report.options)));
  std::string notes;
  const auto item = [&](const std::string& note) { notes += "<li>" + escape_markup(note) + "</li>\n"; };
  for (const Unpaired& row : verdict.vanished) item("vanished: " + describe(row, "from"));
  for (const Unpaired& row : verdict.added) item("new: " + describe(row, "in"));
  for (const Finding& finding : verdict.findings)
    item(finding.note + ": " + finding.example + " (" + std::to_string(finding.count) + " in all)");
  for (const std::string& warning : verdict.warnings) item(warning);
  if (const std::string units = without_direction(verdict.undirected_units); !units.empty())
    item("not judged: " + units);
  if (!notes.empty()) text += "<ul>" + notes + "</ul>\n";
  for (const Explanation& explanation : report.explanations) text += growth_table(explanation);
  for (size_t i = 0; i < report.tables.tables.size(); i++) {
    if (!report.tables.tables[i].order.empty()) text += render_table(report, i);
  }
  text += "</body></html>\n";
  return report.style.ascii ? to_ascii(text) : text;
}

}  // namespace bench
