#include "stats/table/gate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/table/render.h"
#include "stats/text/number.h"

namespace bench {
namespace {

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty() && !word.empty()) text += separator;
    text += word;
  }
  return text;
}

double change_of(double before, double now) {
  if (before == now) return 0;
  if (before != 0) return (now - before) / std::fabs(before);
  return now > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

// The keys in which the tables of this comparison differ.
std::string place(const Tables& tables, const Table& table) {
  std::vector<std::string> words;
  for (size_t i = 0; i < table.keys.size(); i++) {
    const auto differs = [&](const Table& other) { return other.keys[i].second != table.keys[i].second; };
    if (std::any_of(tables.tables.begin(), tables.tables.end(), differs)) {
      words.push_back(table.keys[i].first + ": " + table.keys[i].second);
    }
  }
  return join(words, ", ");
}

void judge_table(const Tables& tables, const Table& table, double least, Verdict& verdict) {
  for (const Row& row : table.rows) {
    for (const Cell& cell : row.cells) {
      if (!cell.comparison) continue;
      if (table.better == Better::kUnknown) {
        auto& unknown = verdict.unknown_units;
        if (std::find(unknown.begin(), unknown.end(), table.unit) == unknown.end())
          unknown.push_back(table.unit);
        continue;
      }
      verdict.compared++;
      const double change = change_of(row.baseline()->summary.center, cell.summary.center);
      const double worse = table.better == Better::kLower ? change : -change;
      if (!cell.comparison->significant() || !(worse > 0) || worse * 100 < least) continue;
      verdict.regressions.push_back({table.unit, row.label, join(table.columns[cell.column], " "),
                                     place(tables, table), change, format_comparison(*cell.comparison)});
    }
  }
}

}  // namespace

Verdict judge(const Tables& tables, double least) {
  Verdict verdict;
  for (const Table& table : tables.tables) judge_table(tables, table, least, verdict);
  return verdict;
}

std::string describe(const Verdict& verdict, double least, const Options& options) {
  const auto plural = [](size_t count, const char* word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
  };
  const std::string among = " among " + plural(verdict.compared, "comparison") +
                            " (p <= " + format_shortest(options.alpha) +
                            (least > 0 ? ", worse by at least " + format_shortest(least) + "%)" : ")");
  std::string text = verdict.regressions.empty()
                         ? "no regression" + among + "\n"
                         : plural(verdict.regressions.size(), "regression") + among + ":\n";
  for (const Regression& found : verdict.regressions) {
    const std::string change =
        std::isinf(found.change) ? "from 0" : format_fixed(found.change * 100, 2, true) + "%";
    text +=
        "  " + found.row + "  " + found.unit + " " + change + " (" + found.details + ") in " + found.column;
    text += (found.where.empty() ? "" : ", " + found.where) + "\n";
  }
  if (!verdict.unknown_units.empty()) {
    text += "not judged, for it is unknown which direction is better: " + join(verdict.unknown_units, ", ") +
            "; say so in the input, as in: Unit " + verdict.unknown_units[0] + " better=lower\n";
  }
  return text;
}

}  // namespace bench
