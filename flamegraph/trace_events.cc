#include "flamegraph/trace_events.h"

#include <fmt/format.h>

#include <map>
#include <span>
#include <vector>

#include "flamegraph/frames.h"
#include "flamegraph/json_parts.h"
#include "flamegraph/stacks.h"
#include "libprof/report/units.h"

namespace prof::flame {
namespace {

std::string thread_of(const Profile& profile, size_t sample) {
  std::string thread;
  for (const Label& label : profile.labels(sample)) {
    const std::string_view key = profile.string(label.key);
    if (key == "thread" && label.str != 0) thread = std::string(profile.string(label.str)) + thread;
    if (key == "tid") thread += fmt::format(" {}", label.num);
  }
  return thread.empty() ? "all threads" : thread;
}

// Of each stack the number of its thread, which counts from 0 in the order of `names`.
struct Threads {
  std::vector<std::string> names;
  std::vector<uint32_t> of_stack;
};

Threads threads_of(const Profile& profile, const Stacks& stacks) {
  Threads threads;
  std::map<std::string, uint32_t> found;
  for (const uint32_t sample : stacks.samples) {
    const auto next = static_cast<uint32_t>(found.size());
    threads.of_stack.push_back(found.try_emplace(thread_of(profile, sample), next).first->second);
  }
  std::vector<uint32_t> number(found.size());
  for (const auto& [name, first] : found) {
    number[first] = static_cast<uint32_t>(threads.names.size());
    threads.names.push_back(name);
  }
  for (uint32_t& thread : threads.of_stack) thread = number[thread];
  return threads;
}

// Of an event, what is the same for all of its frame.
struct FrameText {
  std::string before_duration, before_thread;
};

std::vector<FrameText> texts_of(const FrameTable& table) {
  std::vector<FrameText> texts;
  for (uint32_t id = 0; id < table.size(); id++) {
    const Frame frame = table.frame(id);
    const std::string file =
        frame.file.empty() ? "" : fmt::format("\"args\":{{\"file\":{}}},", text_of(frame.file));
    texts.push_back({fmt::format("{{{}\"cat\":{},\"dur\":", file, text_of(frame.module)),
                     fmt::format(",\"name\":{},\"ph\":\"X\",\"pid\":1,\"tid\":", text_of(frame.name))});
  }
  return texts;
}

class Track {
 public:
  Track(List& events, const std::vector<FrameText>& texts, size_t thread, double scale)
      : events_(events), texts_(texts), thread_(std::to_string(thread)), scale_(scale) {}

  void add(std::span<const uint32_t> stack, int64_t value) {
    size_t common = 0;
    while (common < stack.size() && common < open_.size() && open_[common].frame == stack[common]) common++;
    close(common);
    for (size_t at = common; at < stack.size(); at++) open_.push_back({stack[at], now_});
    now_ = saturating_sum(now_, value);
  }
  void close(size_t depth) {
    for (; open_.size() > depth; open_.pop_back()) {
      const auto& [frame, start] = open_.back();
      event_.clear();
      event_.append(texts_[frame].before_duration).append(microseconds(now_ - start));
      event_.append(texts_[frame].before_thread).append(thread_);
      event_.append(",\"ts\":").append(microseconds(start)).append("}");
      events_.add(event_);
    }
  }

 private:
  struct Open {
    uint32_t frame;
    int64_t start;
  };
  std::string microseconds(int64_t value) const { return text_of(static_cast<double>(value) * scale_); }

  List& events_;
  const std::vector<FrameText>& texts_;
  const std::string thread_;
  const double scale_;  // microseconds for each unit of the value
  std::vector<Open> open_;
  int64_t now_ = 0;
  std::string event_;  // its room is used again
};

std::string name_event(const char* what, size_t thread, const std::string& name) {
  return text_of({{"ph", "M"}, {"pid", 1}, {"tid", thread}, {"name", what}, {"args", {{"name", name}}}});
}

}  // namespace

void write_trace_events(const report::View& view, const std::string& name, const Put& put) {
  const FrameTable table(view);
  const std::vector<FrameText> texts = texts_of(table);
  // Differences have no length.
  const Stacks stacks = stacks_of(view, table, [](int64_t value) { return value > 0; });
  const Threads threads = threads_of(view.profile(), stacks);
  const auto ratio = report::unit_ratio(view.value().unit, "microseconds");
  const std::string unit = ratio ? "" : fmt::format(" ({}, drawn as microseconds)", view.value().unit);
  put("{\"displayTimeUnit\":\"ms\",\"otherData\":" +
      text_of({{"exporter", "prof " PROF_VERSION}, {"axis", "cost, not time of day"}}) +
      ",\"traceEvents\":[");
  List events(put);
  events.add(name_event("process_name", 0, fmt::format("{}: {}{}", name, view.value().type, unit)));
  // In order of the stacks, so that equal frames are neighbours.
  const std::vector<uint32_t> order = stacks.in_order(threads.of_stack);
  for (size_t i = 0; i < order.size();) {
    const uint32_t thread = threads.of_stack[order[i]];
    events.add(name_event("thread_name", thread + 1, threads.names[thread]));
    Track track(events, texts, thread + 1, ratio.value_or(1));
    for (; i < order.size() && threads.of_stack[order[i]] == thread; i++) {
      track.add(stacks.of(order[i]), view.value().of(view.profile(), stacks.samples[order[i]]));
    }
    track.close(0);
  }
  put("]}\n");
}

}  // namespace prof::flame
