#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "libprof/report/diff.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr size_t kColumns = 7;
using Cells = std::array<std::string, kColumns>;
const Cells kHeadings = {"old", "new", "delta", "delta%", "interval", "q", "function"};

// How amounts are written: `to` a unit from that of the profile.
struct Units {
  const std::string &from, &to;
  std::string plain(double value) const { return amount(std::llround(value), from, to); }
  std::string with_sign(double value) const { return (value > 0 ? "+" : "") + plain(value); }
};

std::string change_of(const Difference& one) {
  if (one.before == 0) return one.after == 0 ? "0%" : "new";
  return fmt::format("{:+.1f}%", 100 * one.delta() / one.before);
}

std::string certainty(double q) { return q < 0.001 ? "<0.001" : fmt::format("{:.3f}", q); }

Cells cells_of(const Difference& one, const Units& units) {
  return {units.plain(one.before),
          units.plain(one.after),
          units.with_sign(one.delta()),
          change_of(one),
          fmt::format("[{}, {}]", units.with_sign(one.lo), units.with_sign(one.hi)),
          certainty(one.q),
          one.name.empty() ? "total" : one.name};
}

std::string summary(const Diff& diff, size_t shown) {
  const auto real =
      std::count_if(diff.rows.begin(), diff.rows.end(), [](const Difference& one) { return one.is_real; });
  std::string text = fmt::format("Type: {}, {} old and {} new profile{}; {}\n", diff.type, diff.old_profiles,
                                 diff.new_profiles, diff.new_profiles == 1 ? "" : "s",
                                 diff.between_runs()
                                     ? "noise is that between the runs of a side"
                                     : "noise is that of sampling alone (several profiles a side tell more)");
  text += fmt::format("{} of {} functions differ ({} of them were seen often enough to tell)", real,
                      diff.rows.size(), diff.tested);
  return text + (shown < diff.rows.size() ? fmt::format("; showing {}\n", shown) : "\n");
}

std::string to_text(const Diff& diff, std::span<const Difference> rows, const DiffLayout& layout) {
  const Units units{diff.unit, layout.unit};
  std::vector<Cells> table = {kHeadings, cells_of(diff.total, units)};
  for (const Difference& one : rows) table.push_back(cells_of(one, units));
  std::array<size_t, kColumns> width = {};
  for (const Cells& cells : table) {
    for (size_t c = 0; c + 1 < kColumns; c++) width[c] = std::max(width[c], cells[c].size());
  }
  std::string text = summary(diff, rows.size());
  for (size_t r = 0; r < table.size(); r++) {
    const bool is_noise = r > 0 && !(r == 1 ? diff.total : rows[r - 2]).is_real;
    if (is_noise && layout.is_colored) text += "\033[90m";
    for (size_t c = 0; c + 1 < kColumns; c++) text += fmt::format("{:>{}}  ", table[r][c], width[c]);
    text += fmt::format("{} {}", r == 0 ? ' ' : is_noise ? '~' : '*', table[r][kColumns - 1]);
    text += is_noise && layout.is_colored ? "\033[0m\n" : "\n";
  }
  return text;
}

std::string to_markdown(const Diff& diff, std::span<const Difference> rows, const DiffLayout& layout) {
  const auto line = [](const Cells& cells) { return fmt::format("| {} |\n", fmt::join(cells, " | ")); };
  const auto row = [&](const Difference& one) {
    Cells cells = cells_of(one, {diff.unit, layout.unit});
    std::string& name = cells[kColumns - 1];
    for (size_t at = 0; (at = name.find('|', at)) != std::string::npos; at += 2) name.insert(at, 1, '\\');
    name = fmt::format("{0}`{1}`{0}", one.is_real ? "**" : "", name);
    return line(cells);
  };
  std::string text = summary(diff, rows.size()) + "\n" + line(kHeadings) + "|--:|--:|--:|--:|--:|--:|:--|\n";
  text += row(diff.total);
  for (const Difference& one : rows) text += row(one);
  return text;
}

std::string to_csv(const Diff& diff, std::span<const Difference> rows, const DiffLayout&) {
  std::string text = fmt::format("function,old,new,delta,low,high,q,differs,unit\n");
  const auto line = [&](const Difference& one) {
    std::string name = one.name.empty() ? "total" : one.name;
    for (size_t at = 0; (at = name.find('"', at)) != std::string::npos; at += 2) name.insert(at, 1, '"');
    text += fmt::format("\"{}\",{},{},{},{},{},{},{},{}\n", name, one.before, one.after, one.delta(), one.lo,
                        one.hi, one.q, one.is_real, diff.unit);
  };
  line(diff.total);
  for (const Difference& one : rows) line(one);
  return text;
}

nlohmann::ordered_json json_of(const Difference& one) {
  nlohmann::ordered_json json;
  if (!one.name.empty()) json["function"] = one.name;
  json["old"] = one.before;
  json["new"] = one.after;
  json["delta"] = one.delta();
  json["interval"] = {one.lo, one.hi};
  json["q"] = one.q;
  json["differs"] = one.is_real;
  return json;
}

std::string to_json(const Diff& diff, std::span<const Difference> rows, const DiffLayout&) {
  nlohmann::ordered_json json;
  json["version"] = 1;
  json["type"] = diff.type;
  json["unit"] = diff.unit;
  json["profiles"] = {{"old", diff.old_profiles}, {"new", diff.new_profiles}};
  json["noise"] = diff.between_runs() ? "runs" : "sampling";
  json["tested"] = diff.tested;
  json["total"] = json_of(diff.total);
  json["functions"] = nlohmann::ordered_json::array();
  for (const Difference& one : rows) json["functions"].push_back(json_of(one));
  // A name may be any bytes.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

constexpr DiffFormat kFormats[] = {
    {"text", to_text}, {"markdown", to_markdown}, {"csv", to_csv}, {"json", to_json}};

}  // namespace

std::span<const DiffFormat> diff_formats() { return kFormats; }

std::string print(const Diff& diff, const DiffFormat& format, const DiffLayout& layout) {
  const auto is_small = [&](const Difference& one) {
    return std::abs(one.before) < layout.fraction * std::abs(diff.total.before) &&
           std::abs(one.after) < layout.fraction * std::abs(diff.total.after);
  };
  std::vector<Difference> rows;
  std::remove_copy_if(diff.rows.begin(), diff.rows.end(), std::back_inserter(rows), is_small);
  if (layout.rows > 0 && rows.size() > layout.rows) rows.resize(layout.rows);
  return format.print(diff, rows, layout);
}

}  // namespace prof::report
