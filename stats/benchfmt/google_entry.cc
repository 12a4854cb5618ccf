#include "stats/benchfmt/google_entry.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "stats/benchfmt/bare_numbers.h"
#include "stats/benchfmt/lines.h"
#include "stats/benchfmt/printed_time.h"

namespace bench {
namespace {

// Keys of an entry that are not counters.
const std::set<std::string_view> kNotCounters = {kLineKey,         "name",
                                                 "run_name",       "run_type",
                                                 "family_index",   "per_family_instance_index",
                                                 "repetitions",    "repetition_index",
                                                 "threads",        "iterations",
                                                 "real_time",      "cpu_time",
                                                 "time_unit",      "label",
                                                 "aggregate_name", "aggregate_unit",
                                                 "error_occurred", "error_message",
                                                 "skipped",        "skip_message",
                                                 "big_o",          "rms"};

}  // namespace

std::string read_measured(const Json& entry, std::vector<Measured>& measured) {
  measured.clear();
  const std::string time_unit = printed(entry.value("time_unit", Json("ns")));
  const double seconds = seconds_of(time_unit);
  if (seconds == 0) return "unknown time_unit " + time_unit;
  const std::pair<const char*, const char*> times[] = {{"real_time", "sec/op"}, {"cpu_time", "cpu-sec/op"}};
  for (const auto& [key, unit] : times) {
    if (!entry.contains(key)) continue;
    double number = 0;
    if (!read_number(entry[key], number)) return std::string(key) + " is not a number";
    measured.push_back({unit, number * seconds});
  }
  for (const auto& [key, value] : entry.items()) {
    double number = 0;
    if (kNotCounters.count(key) != 0 || !read_number(value, number)) continue;
    const std::string_view unit = key == "bytes_per_second"   ? "B/s"
                                  : key == "items_per_second" ? "items/s"
                                                              : std::string_view(key);
    measured.push_back({unit, number});
  }
  return measured.empty() ? "missing measurements" : "";
}

int64_t iterations_of(const Json& entry) {
  double iterations = 1;
  read_number(member(entry, "iterations"), iterations);
  return std::isfinite(iterations) && std::fabs(iterations) < 9e18 ? static_cast<int64_t>(iterations) : 0;
}

bool GoogleStatistics::summarize(std::string_view benchmark, Emitter& out) const {
  if (!(repetitions >= 2)) return false;
  bool any = false;
  out.begin(benchmark);
  for (const Measured& mean : means) {
    const auto spread = std::find_if(deviations.begin(), deviations.end(),
                                     [&](const Measured& other) { return other.unit == mean.unit; });
    if (spread == deviations.end() || !(spread->value >= 0)) continue;
    out.add(with_rounding({mean.value, spread->value, repetitions}, mean.rounding, spread->rounding),
            mean.unit);
    any = true;
  }
  out.end();
  return any;
}

GoogleStatistics& GoogleSummaries::of(const std::string& benchmark, bool is_mean) {
  auto& all = statistics_[benchmark];
  if (is_mean || all.empty()) all.emplace_back();
  return all.back();
}

void GoogleSummaries::take(const std::string& benchmark, const Json& entry) {
  const std::string statistic = text_of(member(entry, "aggregate_name"));
  const bool is_mean = statistic == "mean";
  if (!is_mean && statistic != "stddev") return;
  GoogleStatistics& statistics = of(benchmark, is_mean);
  auto& measured = is_mean ? statistics.means : statistics.deviations;
  if (!read_measured(entry, measured).empty()) measured.clear();
  statistics.repetitions = number_of(member(entry, "repetitions")).value_or(0);
}

bool GoogleSummaries::summarize(const std::string& benchmark, Emitter& out) const {
  const auto found = statistics_.find(benchmark);
  if (found == statistics_.end()) return false;
  bool any = false;
  for (const GoogleStatistics& one : found->second) any |= one.summarize(benchmark, out);
  return any;
}

}  // namespace bench
