#include "libprof/base/paths.h"
#include "libprof/profile/perf_script_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "libprof/profile/folded.h"
#include "libprof/profile/legacy/text.h"
#include "libprof/profile/names_builder.h"

namespace prof {
namespace {

using namespace perf_script;

constexpr size_t kMaxEvents = 32;  // as of perf.data: each costs 16 bytes a sample

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
    if (!begins_like_one()) {
      if (!begins_sparsely()) return explain();
      is_sparse_ = true;
    }
    do {
      if (const auto done = take(lines_.line()); !done) return Result<Profile>(tl::unexpected(done.error()));
    } while (lines_.next());
    if (const auto done = end_sample(); !done) return Result<Profile>(tl::unexpected(done.error()));
    return finish();
  }

 private:
  // What one sample is of, and how much of it.
  struct Amount {
    size_t event;
    int64_t period;
  };

  // Less than a name, a thread and a time may be anything: a frame has to follow.
  bool begins_like_one() const {
    const auto heading = parse_heading(lines_.line());
    if (!heading) return false;
    const bool is_clear = heading->has_time && heading->has_ids && !heading->comm.empty();
    if (is_clear || heading->event.empty()) return true;
    legacy::Lines ahead = lines_;
    return parse_frame(heading->rest) || (heading->rest.empty() && ahead.next() && parse_frame(ahead.line()));
  }

  // Fields were chosen that tell less: then the frames are what tells a sample, and a blank line its end.
  bool begins_sparsely() const {
    legacy::Lines ahead = lines_;
    if (is_printed_frame(lines_.line())) return true;
    return lines_.line().find(';') == std::string_view::npos && ahead.next() &&
           is_printed_frame(ahead.line());
  }

  // What is no heading but has frames below it is printed without what a sample is.
  std::optional<Result<Profile>> explain() const {
    legacy::Lines ahead = lines_;
    const bool is_stack = lines_.line().find(';') != std::string_view::npos;
    const bool is_one =
        !is_stack && ahead.next() && ahead.line().starts_with('\t') && parse_frame(ahead.line());
    if (!is_one) return std::nullopt;
    return Result<Profile>(
        fail("it is text of `perf script` without the fields that tell what a sample is",
             "print them, too: `perf script -F comm,pid,tid,time,period,event,ip,sym,dso`"));
  }

  // Frames begin with a tab. A heading may begin with spaces, and then with what could be an address ("dd
  // 1234").
  Result<void> take(std::string_view line) {
    if (legacy::trim(line).empty()) return end_sample();
    if (is_sparse_ && !is_in_sample_) {
      const bool is_headless = is_printed_frame(line);
      begin_sparse_sample(is_headless ? Heading() : parse_sparse_heading(line));
      return is_headless ? take_below(line) : Result<void>();
    }
    if (is_sparse_) return take_below(line);
    const bool is_indented = std::isspace(static_cast<unsigned char>(line[0])) != 0;
    const auto heading = line[0] == '\t' ? std::nullopt : parse_heading(line);
    if (heading) return begin_sample(*heading);
    if (!is_indented || !is_in_sample_) return lines_.malformed("it is no heading of `perf script`");
    return take_below(line);
  }

  Result<void> take_below(std::string_view line) {
    if (const auto frame = parse_frame(line)) {
      frames_.push_back(*frame);
    } else if (!frames_.empty() && is_source_line(line)) {
      add_source_line(line, frames_.back());
    } else {
      return lines_.malformed("it is no frame of `perf script`");
    }
    return {};
  }

  Result<void> begin_sample(const Heading& heading) {
    if (const auto done = end_sample(); !done) return done;
    heading_ = heading;
    has_periods_ = has_periods_ || heading.has_period;
    is_in_sample_ = !heading.event.empty();
    // Fields of a tracepoint may begin with a hexadecimal number, too, but name no file.
    if (const auto frame = parse_frame(heading.rest); frame && !frame->module.empty())
      frames_.push_back(*frame);
    return {};
  }

  void begin_sparse_sample(const Heading& heading) {
    heading_ = heading;
    has_periods_ = has_periods_ || heading.has_period;
    is_in_sample_ = true;
  }

  Result<void> end_sample() {
    if (!is_in_sample_) return {};
    is_in_sample_ = false;
    const auto event = std::find(events_.begin(), events_.end(), heading_.event);
    amounts_.push_back({static_cast<size_t>(event - events_.begin()), heading_.period});
    if (event == events_.end()) {
      if (events_.size() == kMaxEvents)
        return fail(fmt::format("it has more than {} events", kMaxEvents), "print fewer at a time");
      events_.push_back(heading_.event);
    }
    add_stack();
    add_labels();
    builder_.samples().end_sample();
    return {};
  }

  // A function and those inlined in it, which come before it, are one location.
  void add_stack() {
    named_.clear();
    for (const Frame& frame : frames_) {
      named_.push_back({frame.name, frame.file, frame.line});
      if (frame.is_inlined && &frame != &frames_.back()) continue;
      builder_.samples().stacks.push_back(builder_.location(named_, frame.module));
      named_.clear();
    }
    frames_.clear();
  }

  void add_labels() {
    FlatArray<Label>& labels = builder_.samples().labels;
    if (!heading_.comm.empty()) {
      const StringId comm = builder_.intern(heading_.comm);
      labels.push_back({builder_.intern("thread"), comm, 0, 0});
      counts_[comm]++;
    }
    if (heading_.has_ids) labels.push_back({builder_.intern("tid"), 0, heading_.tid, 0});
    if (heading_.pid != 0) labels.push_back({builder_.intern("pid"), 0, heading_.pid, 0});
  }

  // As short as it can be where "cycles:u" and "cycles:k" are two.
  std::string name_of(std::string_view event) const {
    const std::string_view name = unqualified(event);
    const auto alike = std::count_if(events_.begin(), events_.end(),
                                     [&](std::string_view other) { return unqualified(other) == name; });
    return std::string(alike > 1 ? event : name);
  }

  void add_sample_types() {
    if (events_.empty()) {
      builder_.add_sample_type("samples", "count");
      builder_.header().warnings.push_back("the recording has no samples");
      return;
    }
    const bool is_one = events_.size() == 1;
    if (is_one && has_no_values()) return builder_.add_sample_type("samples", "count");
    for (const std::string_view event : events_) {
      const std::string name = event.empty() ? "events" : name_of(event);
      const bool is_clock =
          has_periods_ && (unqualified(event) == "cpu-clock" || unqualified(event) == "task-clock");
      builder_.add_sample_type(is_one ? "samples" : "samples:" + name, "count");
      builder_.add_sample_type(is_one && is_clock ? "cpu" : name, is_clock ? "nanoseconds" : "count");
    }
    Profile& header = builder_.header();
    if (!is_one) header.default_sample_type = header.sample_types()[1].type;
  }

  // A thread that exec began is called like its program, of which the kernel keeps the first bytes: python3
  // is python3.11. Of the threads that are called like some file, the name with most samples decides.
  void find_program() {
    std::vector<std::pair<int64_t, StringId>> names;
    for (const auto& [comm, count] : counts_) names.push_back({-count, comm});
    std::sort(names.begin(), names.end());
    const Profile& made = builder_.header();
    std::vector<std::pair<std::string_view, StringId>> files;  // by base name
    for (const Mapping& mapping : made.mappings())
      files.emplace_back(base_name(made.string(mapping.file)), mapping.file);
    const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(files.begin(), files.end(), by_name);
    for (const auto& [count, comm] : names) {
      const std::string_view name = made.string(comm);
      const auto first = std::lower_bound(files.begin(), files.end(), std::pair{name, StringId{}}, by_name);
      const auto last =
          std::find_if(first, files.end(), [&](const auto& file) { return !file.first.starts_with(name); });
      if (first == last) continue;
      const auto shorter = [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); };
      return builder_.put_first(std::min_element(first, last, shorter)->second);
    }
  }

  // Neither events nor their periods were printed.
  bool has_no_values() const { return !has_periods_ && events_.size() == 1 && events_[0].empty(); }

  Profile finish() {
    find_program();
    add_sample_types();
    const size_t columns = has_no_values() ? 1 : 2 * events_.size();
    FlatArray<int64_t>& values = builder_.samples().values;
    values.resize(columns * amounts_.size(), 0);
    for (size_t i = 0; i < amounts_.size(); i++) {
      int64_t* const of_event = values.data() + columns * i + 2 * amounts_[i].event;
      of_event[0] = 1;
      if (!has_no_values()) of_event[1] = amounts_[i].period;
    }
    return std::move(builder_).finish();
  }

  legacy::Lines lines_;
  NamesBuilder builder_;
  bool is_sparse_ = false;
  bool is_in_sample_ = false;
  bool has_periods_ = false;   // else each sample counts one
  Heading heading_;            // of the sample that is being read, and
  std::vector<Frame> frames_;  // its frames, leaf first
  std::vector<NamedLine> named_;
  std::vector<std::string_view> events_;
  std::vector<Amount> amounts_;         // of each sample
  std::map<StringId, int64_t> counts_;  // samples by the thread's name
};

}  // namespace

std::optional<Result<Profile>> read_perf_script(std::string_view text) { return Reader(text).read(); }

}  // namespace prof
