#include "stats/gate/describe.h"

#include <cmath>

#include "stats/text/number.h"

namespace bench {
namespace {

constexpr OutcomeName kOutcomes[] = {{"regressed", "regression", "31"},
                                     {"improved", "improvement", "32"},
                                     {"unchanged", "unchanged", ""},
                                     {"inconclusive", "inconclusive", "33"},
                                     {"not judged", "not judged", ""}};

std::string plural(size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

std::string share(double value) { return format_shortest(std::round(value * 1e8) / 1e6) + "%"; }

std::string waived(const Waiver& waiver) {
  return "waived until " + waiver.until + (waiver.reason.empty() ? "" : ": " + waiver.reason);
}

std::string line(const std::string& word, const char* color, const std::string& rest, const Style& style) {
  constexpr size_t kWordWidth = 13;
  return "  " + style.paint(word, color) + std::string(kWordWidth - std::min(kWordWidth, word.size()), ' ') +
         style.line(rest) + "\n";
}

}  // namespace

const OutcomeName& name_of(Outcome outcome) { return kOutcomes[static_cast<size_t>(outcome)]; }

std::string percent(double change) {
  if (std::isinf(change)) return "from 0";
  return format_fixed(change * 100, 2, true) + "%";
}

std::string change_of(const Judgement& judgement, const Tables& tables) {
  const Row& row = tables.tables[judgement.table].rows[judgement.row];
  const double change = judgement.change;
  const bool to_infinity = std::isinf(change) && row.baseline()->summary.center != 0;
  return to_infinity ? format_shortest(change) + "%" : percent(change);
}

std::string interval(double lo, double hi) {
  if (!std::isfinite(lo) || !std::isfinite(hi)) return "";
  return "[" + percent(lo) + ", " + percent(hi) + "]";
}

std::string thresholds(const Policy& policy) {
  std::string text = policy.threshold > 0 ? share(policy.threshold) : "";
  for (const auto& [unit, least] : policy.units)
    text += (text.empty() ? "" : ", ") + unit + " " + share(least);
  return text;
}

std::string without_direction(const std::vector<std::string>& units) {
  if (units.empty()) return "";
  std::string list;
  for (const std::string& unit : units) list += (list.empty() ? "" : ", ") + unit;
  return list + ": unknown which direction is better; say so with --better '" + units[0] + "=lower'";
}

std::string why_nothing_compared(const Verdict& verdict) {
  return verdict.judgements.empty() ? "no row has results in the first column and in another"
                                    : without_direction(verdict.undirected_units);
}

std::string headline(const Verdict& verdict, const Policy& policy, const Options& options) {
  const std::string missing =
      verdict.missing(policy) > 0 ? plural(verdict.missing(policy), "benchmark") + " missing" : "";
  if (verdict.compared() == 0) {
    const std::string why = why_nothing_compared(verdict);
    return missing.empty() ? "NOTHING COMPARED: " + why : "MISSING: " + missing + "; " + why;
  }
  const bool failed = verdict.failing() > 0;
  const bool unknown = verdict.count(Outcome::kInconclusive) > 0;
  std::string text = failed             ? "REGRESSED"
                     : !missing.empty() ? "MISSING"
                     : unknown          ? "INCONCLUSIVE"
                                        : "PASSED";
  std::string list;
  const size_t gone = policy.missing_fails ? verdict.vanished.size() - verdict.missing(policy) : 0;
  const size_t waived = verdict.count(Outcome::kRegressed) - verdict.failing() + gone;
  const auto item = [&](const std::string& what) { list += (list.empty() ? "" : ", ") + what; };
  item(failed ? plural(verdict.failing(), "regression") : "no regression");
  if (!missing.empty()) item(missing);
  if (waived > 0) item(std::to_string(waived) + " waived");
  for (const Outcome outcome : {Outcome::kImproved, Outcome::kUnchanged, Outcome::kInconclusive}) {
    const size_t count = verdict.count(outcome);
    const std::string word = name_of(outcome).plural;
    if (count > 0)
      item(outcome == Outcome::kImproved ? plural(count, word) : std::to_string(count) + " " + word);
  }
  text += ": " + list + " among " + plural(verdict.compared(), "comparison") +
          " (p <= " + format_shortest(options.alpha);
  for (const CorrectionName& known : kCorrections) {
    if (known.correction == policy.correction && !known.name.empty() && verdict.tests > 1) {
      text += " after " + std::string(known.name) + " over " + plural(verdict.tests, "test");
    }
  }
  std::string least = thresholds(policy);
  if (policy.noise) least += least.empty() ? "the noise floor" : " and the noise floor";
  return text + (least.empty() ? ")" : "; by at least " + least + ")");
}

std::string remarks_on(const Judgement& judgement) {
  std::string text;
  const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
  if (judgement.floor > 0) add("noise floor " + format_fixed(100 * judgement.floor, 2) + "%");
  constexpr double kTooMany = 1000;
  if (judgement.outcome == Outcome::kInconclusive && judgement.more_runs > 0) {
    add(judgement.more_runs <= kTooMany
            ? "about " + plural(static_cast<size_t>(judgement.more_runs), "more run") + " of each would tell"
            : "it is too noisy, or too near to the threshold, for more runs to tell");
  }
  if (judgement.contradicted) add("the medians and the shift disagree, as of two modes");
  if (judgement.waiver != nullptr) add(waived(*judgement.waiver));
  return text;
}

std::string describe(const Judgement& judgement, const Tables& tables) {
  const Table& table = tables.tables[judgement.table];
  const Row& row = table.rows[judgement.row];
  const Cell& cell = row.cells[judgement.cell];
  std::string text = row.label + "  " + table.unit + " " + change_of(judgement, tables);
  if (judgement.shift) {
    const std::string bounds = interval(judgement.shift->lo, judgement.shift->hi);
    if (!bounds.empty()) text += " " + bounds;
  }
  text += " (" + (judgement.deterministic ? "exact" : format_comparison(test_of(judgement, cell))) + ") in " +
          column_of(table, cell.column);
  if (const std::string where = place_of(tables, table); !where.empty()) text += ", " + where;
  const std::string remarks = remarks_on(judgement);
  return remarks.empty() ? text : text + "; " + remarks;
}

std::string describe(const Unpaired& row, const char* preposition) {
  std::string text = row.row;
  for (size_t i = 0; i < row.units.size(); i++) text += (i > 0 ? ", " : "  ") + row.units[i];
  text += std::string(" ") + preposition + " " + row.column;
  if (!row.where.empty()) text += ", " + row.where;
  return row.waiver == nullptr ? text : text + "; " + waived(*row.waiver);
}

std::string describe(const LeftOut& left_out) {
  const size_t more = left_out.count - 1;
  return (more == 0 ? "a line or result was" : std::to_string(left_out.count) + " lines or results were") +
         std::string(" left out: ") + left_out.first +
         (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

std::string render_verdict(const Verdict& verdict, const Tables& tables, const Policy& policy,
                           const Options& options, const Style& style) {
  const char* color = verdict.failing() + verdict.missing(policy) > 0 ? "1;31"
                      : verdict.count(Outcome::kInconclusive) > 0     ? "1;33"
                      : verdict.compared() == 0                       ? "1;33"
                                                                      : "1;32";
  std::string text = style.paint(style.line(headline(verdict, policy, options)), color) + "\n";
  for (const Outcome outcome : {Outcome::kRegressed, Outcome::kInconclusive, Outcome::kImproved}) {
    for (const Judgement& judgement : verdict.judgements) {
      if (judgement.outcome != outcome) continue;
      const char* word = judgement.waiver != nullptr ? "waived" : name_of(outcome).word;
      text += line(word, name_of(outcome).color, describe(judgement, tables), style);
    }
  }
  for (const Unpaired& row : verdict.vanished) text += line("vanished", "33", describe(row, "from"), style);
  for (const Unpaired& row : verdict.added) text += line("new", "", describe(row, "in"), style);
  for (const Geomean& mean : verdict.geomeans) {
    const Table& table = tables.tables[mean.table];
    std::string where = place_of(tables, table);
    text += line("geomean", "",
                 table.unit + " " + percent(mean.change) + " " + interval(mean.lo, mean.hi) + " in " +
                     column_of(table, mean.column) + (where.empty() ? "" : ", " + where),
                 style);
  }
  for (const Finding& finding : verdict.findings) {
    const std::string more = finding.count > 1 ? " and " + std::to_string(finding.count - 1) + " more" : "";
    text += line("note", "33", finding.note + ": " + finding.example + more, style);
  }
  for (const std::string& warning : verdict.warnings) text += line("warning", "33", warning, style);
  if (const std::string units = without_direction(verdict.undirected_units); !units.empty())
    text += line("not judged", "", units, style);
  return style.ascii ? to_ascii(text) : text;
}

}  // namespace bench
