#include "flamegraph/speedscope.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "flamegraph/frames.h"

namespace prof::flame {
namespace {

using nlohmann::json;

// Of those that the format has; anything else is a plain number.
std::string unit_of(std::string_view unit) {
  constexpr std::array<std::string_view, 5> kUnits = {"bytes", "nanoseconds", "microseconds", "milliseconds",
                                                      "seconds"};
  return std::find(kUnits.begin(), kUnits.end(), unit) == kUnits.end() ? "none" : std::string(unit);
}

json sampled_profile(const report::View& view, const FrameTable& table, size_t type) {
  const Profile& p = view.profile();
  const ValueType& value_type = p.sample_types()[type];
  json samples = json::array(), weights = json::array();
  int64_t total = 0;
  for (size_t i = 0; i < p.sample_count(); i++) {
    const int64_t value = p.values(i)[type];
    if (!view.keeps(i) || value <= 0) continue;  // it has no room for differences
    std::vector<uint32_t> stack;
    const auto locations = view.stack(i);
    for (size_t at = locations.size(); at-- > 0;) {
      const auto frames = table.of_location(locations[at]);
      stack.insert(stack.end(), frames.begin(), frames.end());
    }
    samples.push_back(std::move(stack));
    weights.push_back(value);
    if (__builtin_add_overflow(total, value, &total)) total = INT64_MAX;
  }
  return {{"type", "sampled"},
          {"name", p.string(value_type.type)},
          {"unit", unit_of(p.string(value_type.unit))},
          {"startValue", 0},
          {"endValue", total},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

}  // namespace

std::string to_speedscope(const report::View& view, const std::string& name) {
  const FrameTable table(view);
  json frames = json::array(), profiles = json::array();
  for (uint32_t id = 0; id < table.size(); id++) {
    const Frame frame = table.frame(id);
    json& one = frames.emplace_back(json{{"name", frame.name}});
    if (!frame.file.empty()) one["file"] = frame.file;
  }
  for (size_t type = 0; type < view.profile().sample_types().size(); type++) {
    profiles.push_back(sampled_profile(view, table, type));
  }
  const json document = {{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                         {"exporter", "prof " PROF_VERSION},
                         {"name", name},
                         {"activeProfileIndex", view.value().index},
                         {"shared", {{"frames", std::move(frames)}}},
                         {"profiles", std::move(profiles)}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace prof::flame
