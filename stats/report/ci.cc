#include <fmt/format.h>

#include "stats/gate/describe.h"
#include "stats/report/report.h"

namespace bench {
namespace {

// Workflow commands end at a line's end and know percent-encoding for what would.
std::string escape_command(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string render_github(const Report& report) {
  std::string text;
  const auto command = [&](const char* level, const char* title, const std::string& message) {
    text += fmt::format("::{} title={}::{}\n", level, title, escape_command(message));
  };
  for (const Judgement& judgement : report.verdict.judgements) {
    if (judgement.outcome == Outcome::kRegressed) {
      command(judgement.waiver != nullptr ? "notice" : "error", "benchmark regression",
              describe(judgement, report.tables));
    }
  }
  for (const Unpaired& row : report.verdict.vanished) {
    command(row.waiver != nullptr         ? "notice"
            : report.policy.missing_fails ? "error"
                                          : "warning",
            "benchmark vanished", describe(row, "from"));
  }
  for (const std::string& warning : report.verdict.warnings) command("warning", "benchmarks", warning);
  if (const std::string units = without_direction(report.verdict.undirected_units); !units.empty())
    command("warning", "benchmarks not judged", units);
  command("notice", "benchmarks", headline(report.verdict, report.policy, report.options));
  return text;
}

std::string render_junit(const Report& report) {
  const Verdict& verdict = report.verdict;
  const size_t missing = verdict.missing(report.policy);
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites><testsuite name=\"benchcmp\" tests=\"{}\" "
      "failures=\"{}\" skipped=\"{}\">\n",
      verdict.judgements.size() + missing, verdict.failing() + missing,
      verdict.count(Outcome::kInconclusive) + verdict.count(Outcome::kUndirected));
  const auto test = [&](const std::string& unit, const std::string& name, const std::string& inside) {
    text += fmt::format("<testcase classname=\"{}\" name=\"{}\">{}</testcase>\n", escape_markup(unit),
                        escape_markup(name), inside);
  };
  for (const Judgement& judgement : verdict.judgements) {
    const Table& table = report.tables.tables[judgement.table];
    const Row& row = table.rows[judgement.row];
    std::string name = row.label + " in " + column_of(table, row.cells[judgement.cell].column);
    if (const std::string where = place_of(report.tables, table); !where.empty()) name += ", " + where;
    const std::string words = escape_markup(describe(judgement, report.tables));
    std::string inside = "<system-out>" + words + "</system-out>";
    if (judgement.outcome == Outcome::kRegressed && judgement.waiver == nullptr) {
      inside = "<failure message=\"" + words + "\"/>";
    } else if (judgement.outcome == Outcome::kInconclusive || judgement.outcome == Outcome::kUndirected) {
      inside = "<skipped message=\"" + words + "\"/>";
    }
    test(table.unit, name, inside);
  }
  for (const Unpaired& row : verdict.vanished) {
    if (report.policy.missing_fails && row.waiver == nullptr)
      test("vanished", describe(row, "from"), "<failure message=\"vanished\"/>");
  }
  // The schema has one of these, behind the test cases.
  std::string warnings;
  for (const std::string& warning : verdict.warnings) warnings += escape_markup(warning) + "\n";
  if (!warnings.empty()) text += "<system-out>" + warnings + "</system-out>\n";
  return text + "</testsuite></testsuites>\n";
}

}  // namespace bench
