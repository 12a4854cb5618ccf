#include "flamegraph/speedscope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "flamegraph/frames.h"
#include "flamegraph/json_parts.h"

namespace prof::flame {
namespace {

using nlohmann::json;

// Of those that the format has; anything else is a plain number.
std::string unit_of(std::string_view unit) {
  constexpr std::array<std::string_view, 5> kUnits = {"bytes", "nanoseconds", "microseconds", "milliseconds",
                                                      "seconds"};
  return std::find(kUnits.begin(), kUnits.end(), unit) == kUnits.end() ? "none" : std::string(unit);
}

// It has no room for differences.
bool is_shown(const report::View& view, size_t sample, size_t type) {
  return view.keeps(sample) && view.profile().values(sample)[type] > 0;
}

void put_profile(const report::View& view, const FrameTable& table, size_t type, const Put& put) {
  const Profile& p = view.profile();
  const ValueType& value_type = p.sample_types()[type];
  int64_t total = 0;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (is_shown(view, i, type) && __builtin_add_overflow(total, p.values(i)[type], &total))
      total = INT64_MAX;
  }
  put(fmt::format("{{\"endValue\":{},\"name\":{},\"samples\":[", total, text_of(p.string(value_type.type))));
  List samples(put);
  std::string text;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!is_shown(view, i, type)) continue;
    text.assign(1, '[');
    const auto locations = view.stack(i);
    for (size_t at = locations.size(); at-- > 0;) {
      for (const uint32_t frame : table.of_location(locations[at]))
        text.append(std::to_string(frame)).append(",");
    }
    if (text.size() > 1) text.pop_back();
    samples.add(text += ']');
  }
  put(fmt::format("],\"startValue\":0,\"type\":\"sampled\",\"unit\":\"{}\",\"weights\":[",
                  unit_of(p.string(value_type.unit))));
  List weights(put);
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (is_shown(view, i, type)) weights.add(std::to_string(p.values(i)[type]));
  }
  put("]}");
}

}  // namespace

void write_speedscope(const report::View& view, const std::string& name, const Put& put) {
  const FrameTable table(view);
  put(fmt::format(
      "{{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
      "\"activeProfileIndex\":{},\"exporter\":\"prof " PROF_VERSION "\",\"name\":{},\"profiles\":[",
      view.value().index, text_of(name)));
  for (size_t type = 0; type < view.profile().sample_types().size(); type++) {
    if (type > 0) put(",");
    put_profile(view, table, type, put);
  }
  put("],\"shared\":{\"frames\":[");
  List frames(put);
  for (uint32_t id = 0; id < table.size(); id++) {
    const Frame frame = table.frame(id);
    json one = {{"name", frame.name}};
    if (!frame.file.empty()) one["file"] = frame.file;
    frames.add(text_of(one));
  }
  put("]}}\n");
}

}  // namespace prof::flame
