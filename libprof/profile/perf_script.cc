#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "libprof/profile/folded.h"
#include "libprof/profile/legacy/text.h"
#include "libprof/profile/names_builder.h"

namespace prof {
namespace {

constexpr size_t kMaxEvents = 32;  // as of perf.data: each costs 16 bytes a sample

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

// "cpu-clock:u" without what qualifies it; "sched:sched_switch" has nothing that does.
std::string_view unqualified(std::string_view event) {
  const size_t colon = event.rfind(':');
  const bool is_qualified = colon != std::string_view::npos && colon > 0 &&
                            event.find_first_not_of("ukhpPGHSDIWeb", colon + 1) == std::string_view::npos;
  return is_qualified ? event.substr(0, colon) : event;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : lines_(text) {}

  std::optional<Result<Profile>> read() {
    do {
      if (!lines_.next()) return std::nullopt;
    } while (legacy::trim(lines_.line()).empty() || lines_.line().starts_with('#'));
    heading_ = parse_heading(lines_.line());
    if (!heading_) return std::nullopt;
    while (lines_.next()) {
      if (const auto done = take(lines_.line()); !done) return Result<Profile>(tl::unexpected(done.error()));
    }
    if (const auto done = end_sample(); !done) return Result<Profile>(tl::unexpected(done.error()));
    return finish();
  }

 private:
  // What one sample is of, and how much of it.
  struct Amount {
    size_t event;
    int64_t period;
  };

  Result<void> take(std::string_view line) {
    if (legacy::trim(line).empty()) return end_sample();
    if (heading_ && std::isspace(static_cast<unsigned char>(line[0])) != 0) {
      const auto frame = parse_frame(line);
      if (!frame) return lines_.malformed("it is no frame of `perf script`");
      builder_.samples().stacks.push_back(builder_.location(frame->name, frame->module));
      return {};
    }
    if (const auto done = end_sample(); !done) return done;
    heading_ = parse_heading(line);
    if (!heading_) return lines_.malformed("it is no heading of `perf script`");
    return {};
  }

  Result<void> end_sample() {
    if (!heading_) return {};
    const auto event = std::find(events_.begin(), events_.end(), heading_->event);
    amounts_.push_back({static_cast<size_t>(event - events_.begin()), heading_->period});
    if (event == events_.end()) {
      if (events_.size() == kMaxEvents)
        return fail(fmt::format("it has more than {} events", kMaxEvents), "print fewer at a time");
      events_.push_back(heading_->event);
    }
    FlatArray<Label>& labels = builder_.samples().labels;
    if (!heading_->comm.empty())
      labels.push_back({builder_.intern("thread"), builder_.intern(heading_->comm), 0, 0});
    labels.push_back({builder_.intern("tid"), 0, heading_->tid, 0});
    if (heading_->pid != 0) labels.push_back({builder_.intern("pid"), 0, heading_->pid, 0});
    builder_.samples().end_sample();
    heading_.reset();
    return {};
  }

  // As short as it can be where "cycles:u" and "cycles:k" are two.
  std::string name_of(std::string_view event) const {
    const std::string_view name = unqualified(event);
    const auto alike = std::count_if(events_.begin(), events_.end(),
                                     [&](std::string_view other) { return unqualified(other) == name; });
    return std::string(alike > 1 ? event : name);
  }

  void add_sample_types() {
    const bool is_one = events_.size() == 1;
    for (const std::string_view event : events_) {
      const std::string name = name_of(event);
      const bool is_clock = unqualified(event) == "cpu-clock" || unqualified(event) == "task-clock";
      builder_.add_sample_type(is_one ? "samples" : "samples:" + name, "count");
      builder_.add_sample_type(is_one && is_clock ? "cpu" : name, is_clock ? "nanoseconds" : "count");
    }
    Profile& header = builder_.header();
    if (!is_one) header.default_sample_type = header.sample_types()[1].type;
  }

  Profile finish() {
    add_sample_types();
    const size_t columns = 2 * events_.size();
    FlatArray<int64_t>& values = builder_.samples().values;
    values.resize(columns * amounts_.size(), 0);
    for (size_t i = 0; i < amounts_.size(); i++) {
      int64_t* const of_event = values.data() + columns * i + 2 * amounts_[i].event;
      of_event[0] = 1;
      of_event[1] = amounts_[i].period;
    }
    return std::move(builder_).finish();
  }

  legacy::Lines lines_;
  NamesBuilder builder_;
  std::optional<Heading> heading_;  // of the sample whose frames are being read
  std::vector<std::string_view> events_;
  std::vector<Amount> amounts_;  // of each sample
};

}  // namespace

std::optional<Result<Profile>> read_perf_script(std::string_view text) { return Reader(text).read(); }

}  // namespace prof
