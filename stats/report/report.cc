#include "stats/report/report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "stats/gate/describe.h"
#include "stats/table/render.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

bool changed(const Row& row) {
  return std::any_of(row.cells.begin(), row.cells.end(), [&](const Cell& cell) {
    return cell.comparison && cell.comparison->significant() &&
           cell.summary.center != row.baseline()->summary.center;
  });
}

// What rows are sorted by, ascending; the largest of several columns decides.
double sort_value(const Row& row, SortBy sort) {
  double least = std::numeric_limits<double>::infinity();
  for (const Cell& cell : row.cells) {
    if (!cell.comparison) continue;
    const double before = row.baseline()->summary.center, now = cell.summary.center;
    const double change = now == before ? 0 : std::fabs((now - before) / before);
    least = std::min(least, sort == SortBy::kP ? cell.comparison->p : -change);
  }
  return least;
}

}  // namespace

void arrange(Tables& tables, const Arrangement& arrangement, const Verdict* verdict) {
  std::set<std::pair<size_t, size_t>> named;  // table and row
  if (verdict != nullptr) {
    for (const Judgement& judgement : verdict->judgements) {
      if (judgement.outcome == Outcome::kRegressed || judgement.outcome == Outcome::kImproved)
        named.insert({judgement.table, judgement.row});
    }
  }
  for (size_t t = 0; t < tables.tables.size(); t++) {
    Table& table = tables.tables[t];
    auto& order = table.order;
    if (arrangement.changed_only) {
      const auto is_same = [&](size_t i) { return !changed(table.rows[i]) && named.count({t, i}) == 0; };
      order.erase(std::remove_if(order.begin(), order.end(), is_same), order.end());
    }
    if (arrangement.sort == SortBy::kInput) continue;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      const Row &x = table.rows[a], &y = table.rows[b];
      if (arrangement.sort == SortBy::kName) return x.label < y.label;
      return sort_value(x, arrangement.sort) < sort_value(y, arrangement.sort);
    });
  }
}

std::string_view outcome_of(const Verdict& verdict, const Policy& policy) {
  if (verdict.failing() > 0) return "regressed";
  if (verdict.missing(policy) > 0) return "missing";
  const bool known = verdict.count(Outcome::kInconclusive) == 0 && verdict.compared() > 0;
  return known ? "passed" : "inconclusive";
}

const Judgement* judgement_of(const Verdict& verdict, size_t table, size_t row, size_t cell) {
  const auto place = [](const Judgement& j) { return std::tuple(j.table, j.row, j.cell); };
  const auto found =
      std::lower_bound(verdict.judgements.begin(), verdict.judgements.end(), std::tuple(table, row, cell),
                       [&](const Judgement& j, const auto& wanted) { return place(j) < wanted; });
  return found != verdict.judgements.end() && place(*found) == std::tuple(table, row, cell) ? &*found
                                                                                            : nullptr;
}

std::string escape_markup(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = decode_rune(text);  // what is no UTF-8 is U+FFFD from here on: XML has no other bytes
    text.remove_prefix(rune.size);
    switch (rune.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case 0xFFFE:
      case 0xFFFF:
        append_rune(out, 0xFFFD);
        break;
      default:
        // XML has no way to say most control characters.
        append_rune(out, rune.code < ' ' && rune.code != '\n' && rune.code != '\t' ? U'?' : rune.code);
    }
  }
  return out;
}

std::string render_terminal(const Report& report) {
  std::string text;
  if (!report.verdict.judgements.empty() || !report.verdict.vanished.empty()) {
    text = render_verdict(report.verdict, report.tables, report.policy, report.options, report.style) + "\n" +
           render_growth(report.explanations, report.style);
  }
  return text + render_text(report.tables, report.style);
}

}  // namespace bench
