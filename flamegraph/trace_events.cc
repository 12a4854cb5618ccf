#include "flamegraph/trace_events.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "flamegraph/frames.h"
#include "libprof/report/units.h"

namespace prof::flame {
namespace {

using nlohmann::json;
using Stack = std::vector<uint32_t>;  // frames, root first

std::string thread_of(const Profile& profile, size_t sample) {
  std::string thread;
  for (const Label& label : profile.labels(sample)) {
    const std::string_view key = profile.string(label.key);
    if (key == "thread" && label.str != 0) thread = std::string(profile.string(label.str)) + thread;
    if (key == "tid") thread += fmt::format(" {}", label.num);
  }
  return thread.empty() ? "all threads" : thread;
}

// In order of the stacks, so that equal frames are neighbours.
std::map<std::string, std::map<Stack, int64_t>> by_thread(const report::View& view, const FrameTable& table) {
  std::map<std::string, std::map<Stack, int64_t>> threads;
  const Profile& profile = view.profile();
  for (size_t i = 0; i < profile.sample_count(); i++) {
    const int64_t value = view.value().of(profile, i);
    if (!view.keeps(i) || value <= 0) continue;  // differences have no length
    Stack stack;
    const auto locations = view.stack(i);
    for (size_t at = locations.size(); at-- > 0;) {
      const auto frames = table.of_location(locations[at]);
      stack.insert(stack.end(), frames.begin(), frames.end());
    }
    threads[thread_of(profile, i)][std::move(stack)] += value;
  }
  return threads;
}

class Track {
 public:
  Track(json& events, const FrameTable& table, size_t thread, double scale)
      : events_(events), table_(table), thread_(thread), scale_(scale) {}

  void add(const Stack& stack, int64_t value) {
    size_t common = 0;
    while (common < stack.size() && common < open_.size() && open_[common].frame == stack[common]) common++;
    close(common);
    for (size_t at = common; at < stack.size(); at++) open_.push_back({stack[at], now_});
    now_ += value;
  }
  void close(size_t depth) {
    for (; open_.size() > depth; open_.pop_back()) {
      const Frame frame = table_.frame(open_.back().frame);
      json event = {{"ph", "X"},
                    {"pid", 1},
                    {"tid", thread_},
                    {"ts", static_cast<double>(open_.back().start) * scale_},
                    {"dur", static_cast<double>(now_ - open_.back().start) * scale_},
                    {"name", frame.name},
                    {"cat", frame.module}};
      if (!frame.file.empty()) event["args"] = {{"file", frame.file}};
      events_.push_back(std::move(event));
    }
  }

 private:
  struct Open {
    uint32_t frame;
    int64_t start;
  };
  json& events_;
  const FrameTable& table_;
  const size_t thread_;
  const double scale_;  // microseconds for each unit of the value
  std::vector<Open> open_;
  int64_t now_ = 0;
};

json name_event(const char* what, size_t thread, const std::string& name) {
  return {{"ph", "M"}, {"pid", 1}, {"tid", thread}, {"name", what}, {"args", {{"name", name}}}};
}

}  // namespace

std::string to_trace_events(const report::View& view, const std::string& name) {
  const FrameTable table(view);
  const auto ratio = report::unit_ratio(view.value().unit, "microseconds");
  const std::string unit = ratio ? "" : fmt::format(" ({}, drawn as microseconds)", view.value().unit);
  json events =
      json::array({name_event("process_name", 0, fmt::format("{}: {}{}", name, view.value().type, unit))});
  size_t number = 0;
  for (const auto& [thread, stacks] : by_thread(view, table)) {
    events.push_back(name_event("thread_name", ++number, thread));
    Track track(events, table, number, ratio.value_or(1));
    for (const auto& [stack, value] : stacks) track.add(stack, value);
    track.close(0);
  }
  const json document = {
      {"traceEvents", std::move(events)},
      {"displayTimeUnit", "ms"},
      {"otherData", {{"exporter", "prof " PROF_VERSION}, {"axis", "cost, not time of day"}}}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace prof::flame
