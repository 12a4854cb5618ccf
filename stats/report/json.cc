#include <cmath>
#include <nlohmann/json.hpp>

#include "stats/gate/describe.h"
#include "stats/report/report.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json waiver_of(const Waiver& waiver) { return {{"until", waiver.until}, {"reason", waiver.reason}}; }

Json shift_of(const Shift& shift) {
  return {{"estimate", number(shift.estimate)},
          {"lo", number(shift.lo)},
          {"hi", number(shift.hi)},
          {"cliffs_delta", shift.cliff},
          {"minimum_detectable", number(shift.detectable)}};
}

Json comparison_of(const Comparison& comparison, const Judgement* judgement) {
  Json json = {{"p", comparison.p}, {"significant", comparison.significant()}};
  if (!comparison.warnings.empty()) json["warnings"] = comparison.warnings.texts();
  if (judgement == nullptr) return json;
  json["outcome"] = name_of(judgement->outcome).word;
  json["change"] = number(judgement->change);
  json["threshold"] = judgement->threshold;
  if (judgement->floor > 0) json["noise_floor"] = judgement->floor;
  json["exact"] = judgement->deterministic;
  if (!judgement->deterministic) json["adjusted_p"] = judgement->adjusted;
  if (judgement->shift) json["shift"] = shift_of(*judgement->shift);
  if (judgement->contradicted) json["contradicted"] = true;
  if (judgement->more_runs > 0) json["more_runs"] = number(judgement->more_runs);
  if (judgement->waiver != nullptr) json["waiver"] = waiver_of(*judgement->waiver);
  return json;
}

Json cell_of(const Cell& cell, const Judgement* judgement) {
  Json json = {{"column", cell.column},
               {"center", number(cell.summary.center)},
               {"lo", number(cell.summary.lo)},
               {"hi", number(cell.summary.hi)},
               {"runs", Json::array()}};
  for (const double value : cell.runs().empty() ? cell.sample : cell.runs())
    json["runs"].push_back(number(value));
  if (!has_runs(cell)) {
    json["moments"] = {{"mean", number(cell.moments->mean)},
                       {"deviation", number(cell.moments->deviation)},
                       {"size", cell.moments->size}};
  }
  std::vector<std::string> warnings = cell.warnings.texts();
  warnings.insert(warnings.end(), cell.summary.warnings.begin(), cell.summary.warnings.end());
  if (!warnings.empty()) json["warnings"] = warnings;
  if (cell.comparison) {
    json["comparison"] =
        comparison_of(judgement != nullptr ? test_of(*judgement, cell) : *cell.comparison, judgement);
  }
  return json;
}

const char* name_of(Better better) {
  return better == Better::kLower ? "lower" : better == Better::kHigher ? "higher" : "unknown";
}

Json table_of(const Report& report, size_t index) {
  const Table& table = report.tables.tables[index];
  Json keys = Json::object();
  for (const auto& [key, value] : table.keys) keys[key] = value;
  Json json = {{"keys", keys},
               {"unit", table.unit},
               {"better", name_of(table.better)},
               {"exact", table.exact},
               {"columns", table.columns}};
  json["rows"] = Json::array();
  for (const size_t r : table.order) {
    const Row& row = table.rows[r];
    Json cells = Json::array();
    for (size_t c = 0; c < row.cells.size(); c++)
      cells.push_back(cell_of(row.cells[c], judgement_of(report.verdict, index, r, c)));
    json["rows"].push_back({{"name", row.label}, {"cells", cells}});
  }
  json["geomean"] = Json::array();
  for (size_t column = 0; column < table.summaries.size(); column++) {
    const ColumnSummary& summary = table.summaries[column];
    Json mean = {{"column", column}, {"center", summary.mean ? number(*summary.mean) : Json()}};
    if (summary.ratio) mean["change"] = *summary.ratio - 1;
    for (const Geomean& known : report.verdict.geomeans) {
      if (known.table == index && known.column == column) {
        mean["lo"] = known.lo;
        mean["hi"] = known.hi;
      }
    }
    json["geomean"].push_back(mean);
  }
  return json;
}

Json unpaired(const std::vector<Unpaired>& rows) {
  Json json = Json::array();
  for (const Unpaired& row : rows) {
    json.push_back({{"name", row.row}, {"column", row.column}, {"where", row.where}, {"units", row.units}});
    if (row.waiver != nullptr) json.back()["waiver"] = waiver_of(*row.waiver);
  }
  return json;
}

Json explained(const Explanation& explanation) {
  Json functions = Json::array();
  for (const Growth& growth : explanation.functions) {
    functions.push_back({{"function", growth.function},
                         {"flat_before", growth.flat_before},
                         {"flat_after", growth.flat_after},
                         {"cum_before", growth.cum_before},
                         {"cum_after", growth.cum_after}});
  }
  return {{"benchmark", explanation.benchmark},         {"functions", functions},
          {"flame_graph", explanation.flame_graph},     {"samples_before", explanation.samples_before},
          {"samples_after", explanation.samples_after}, {"same_work", explanation.same_work},
          {"warning", warning_of(explanation)}};
}

}  // namespace

std::string render_json(const Report& report) {
  const Verdict& verdict = report.verdict;
  std::string_view correction;
  for (const CorrectionName& name : kCorrections) {
    if (name.correction == report.policy.correction) correction = name.flag;
  }
  Json json = {{"schema", "benchcmp/1"},
               {"verdict",
                {{"outcome", outcome_of(verdict, report.policy)},
                 {"headline", headline(verdict, report.policy, report.options)},
                 {"regressed", verdict.failing()},
                 {"waived", verdict.count(Outcome::kRegressed) - verdict.failing()},
                 {"improved", verdict.count(Outcome::kImproved)},
                 {"unchanged", verdict.count(Outcome::kUnchanged)},
                 {"inconclusive", verdict.count(Outcome::kInconclusive)},
                 {"not_judged", verdict.count(Outcome::kUndirected)},
                 {"tests", verdict.tests},
                 {"correction", correction},
                 {"alpha", report.options.alpha},
                 {"confidence", report.options.confidence}}}};
  json["tables"] = Json::array();
  for (size_t i = 0; i < report.tables.tables.size(); i++) json["tables"].push_back(table_of(report, i));
  json["vanished"] = unpaired(verdict.vanished);
  json["new"] = unpaired(verdict.added);
  json["notes"] = Json::array();
  for (const Finding& finding : verdict.findings)
    json["notes"].push_back({{"note", finding.note}, {"example", finding.example}, {"count", finding.count}});
  json["warnings"] = verdict.warnings;
  json["explanations"] = Json::array();
  for (const Explanation& explanation : report.explanations)
    json["explanations"].push_back(explained(explanation));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bench
