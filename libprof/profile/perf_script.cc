#include <cctype>
#include <charconv>

#include "libprof/profile/folded.h"
#include "libprof/profile/legacy/text.h"
#include "libprof/profile/names_builder.h"

namespace prof {
namespace {

template <typename T>
bool parse_all(std::string_view digits, T& value) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size();
}

struct Heading {
  std::string_view comm, event;
  int64_t pid = 0, tid = 0, period = 1;
};

// "node --x 1234/1235 [001] 5.123456:     250000 cpu-clock:pppH: "; pid and processor may be missing.
std::optional<Heading> parse_heading(std::string_view line) {
  line = legacy::trim(line);
  if (!line.ends_with(':')) return std::nullopt;
  line.remove_suffix(1);
  // The time is the word that ends in a colon after digits and a point; the command may have spaces.
  for (size_t colon = line.find(": "); colon != std::string_view::npos; colon = line.find(": ", colon + 1)) {
    const size_t begin = line.find_last_of(" \t", colon) + 1;
    double seconds = 0;
    if (!parse_all(line.substr(begin, colon - begin), seconds)) continue;
    Heading heading;
    std::string_view before = legacy::trim(line.substr(0, begin)),
                     after = legacy::trim(line.substr(colon + 1));
    if (before.ends_with(']')) before = legacy::trim(before.substr(0, before.rfind('[')));
    const size_t last = before.find_last_of(" \t");
    if (last == std::string_view::npos) return std::nullopt;
    const std::string_view ids = before.substr(last + 1);
    const size_t slash = ids.find('/');
    if (!parse_all(ids.substr(slash == std::string_view::npos ? 0 : slash + 1), heading.tid))
      return std::nullopt;
    if (slash != std::string_view::npos && !parse_all(ids.substr(0, slash), heading.pid)) return std::nullopt;
    heading.comm = legacy::trim(before.substr(0, last));
    if (const size_t space = after.find_first_of(" \t"); space != std::string_view::npos) {
      if (!parse_all(after.substr(0, space), heading.period)) return std::nullopt;
      after = legacy::trim(after.substr(space));
    }
    heading.event = after;
    return heading;
  }
  return std::nullopt;
}

struct FrameLine {
  std::string_view name, module;
};

// "    55d0 main+0x1b (/usr/bin/app)"; "[unknown]" has no offset.
std::optional<FrameLine> parse_frame(std::string_view line) {
  line = legacy::trim(line);
  const size_t space = line.find(' ');
  uint64_t address = 0;
  if (space == std::string_view::npos ||
      std::from_chars(line.data(), line.data() + space, address, 16).ptr != line.data() + space) {
    return std::nullopt;
  }
  FrameLine frame;
  frame.name = legacy::trim(line.substr(space));
  if (const size_t open = frame.name.rfind(" (");
      open != std::string_view::npos && frame.name.ends_with(')')) {
    frame.module = frame.name.substr(open + 2, frame.name.size() - open - 3);
    frame.name = legacy::trim(frame.name.substr(0, open));
  }
  if (const size_t plus = frame.name.rfind("+0x"); plus != std::string_view::npos)
    frame.name = frame.name.substr(0, plus);
  return frame;
}

// "cpu-clock:u" without what qualifies it.
std::string_view event_name(std::string_view event) {
  const size_t colon = event.find(':');
  return colon == 0 ? event : event.substr(0, colon);
}

}  // namespace

std::optional<Result<Profile>> read_perf_script(std::string_view text) {
  legacy::Lines lines(text);
  do {
    if (!lines.next()) return std::nullopt;
  } while (legacy::trim(lines.line()).empty() || lines.line().starts_with('#'));
  auto heading = parse_heading(lines.line());
  if (!heading) return std::nullopt;
  NamesBuilder builder;
  builder.add_sample_type("samples", "count");
  const std::string_view event = event_name(heading->event);
  const bool is_clock = event == "cpu-clock" || event == "task-clock";
  builder.add_sample_type(is_clock ? "cpu" : event, is_clock ? "nanoseconds" : "count");
  std::vector<uint32_t> stack;
  std::vector<Label> labels;
  const auto end_sample = [&] {
    const int64_t values[] = {1, heading->period};
    labels.clear();
    if (!heading->comm.empty())
      labels.push_back({builder.intern("thread"), builder.intern(heading->comm), 0, 0});
    labels.push_back({builder.intern("tid"), 0, heading->tid, 0});
    if (heading->pid != 0) labels.push_back({builder.intern("pid"), 0, heading->pid, 0});
    builder.add_sample(stack, values, labels);
    stack.clear();
    heading.reset();
  };
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (legacy::trim(line).empty()) {
      if (heading) end_sample();
    } else if (heading && std::isspace(static_cast<unsigned char>(line[0])) != 0) {
      const auto frame = parse_frame(line);
      if (!frame) return Result<Profile>(lines.malformed("it is no frame of `perf script`"));
      stack.push_back(builder.location(frame->name, frame->module));
    } else {
      if (heading) end_sample();
      heading = parse_heading(line);
      if (!heading) return Result<Profile>(lines.malformed("it is no heading of `perf script`"));
    }
  }
  if (heading) end_sample();
  return std::move(builder).finish();
}

}  // namespace prof
