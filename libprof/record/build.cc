#include "libprof/record/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "libprof/base/paths.h"
#include "libprof/record/pid_namespace.h"
#include "libprof/record/places.h"
#include "libprof/record/process_warnings.h"
#include "libprof/record/profile_writer.h"
#include "libprof/record/quality_comments.h"
#include "libprof/record/symbol_book.h"
#include "libprof/record/unprofiled.h"
#include "libprof/record/wait_state.h"

namespace prof::record {
namespace {

// Stacks of locations with their summed values: what differs only by process layout or epoch becomes one.
class Samples {
 public:
  void add(std::span<const uint64_t> words, const Values& values) {
    const uint32_t id = table_.intern(words);
    if (id == values_.size()) values_.push_back({});
    for (int i = 0; i < kMaxSampleTypes; i++) values_[id][i] += values[i];
  }
  size_t size() const { return values_.size(); }
  std::span<const uint64_t> words(size_t id) const { return table_.words(static_cast<uint32_t>(id)); }
  const Values& values(size_t id) const { return values_[id]; }

 private:
  StackTable table_;
  std::vector<Values> values_;
};

int sample_type_count(const KindInfo& info) {
  int count = 0;
  while (count < kMaxSampleTypes && info.sample_types[count].type != nullptr) count++;
  return count;
}

class Build {
 public:
  Build(const std::deque<ProcessRecord>& processes, const BuildOptions& options)
      : processes_(processes), options_(options) {
    for (const auto& process : processes) places_.emplace_back(process, book_);
  }

  Profiles run() {
    gather();
    book_.resolve(options_.progress);
    result_.warnings = book_.warnings();
    result_.processes = processes_.size();
    double variance = 0;
    for (const auto& process : processes_) {
      for (int i = 0; i < spool::kDropCount; i++) result_.drops[i] += process.drops[i];
      result_.tier.perf_threads += process.tier.perf_threads;
      result_.tier.refused += process.tier.refused;
      result_.tier.taken += process.tier.taken;
      result_.skipped_bytes += process.skipped_bytes;
      result_.lost_children += process.lost_children;
      const KindRecord& cpu = process.kind(Kind::k_cpu);
      const auto seen = static_cast<double>(cpu.weight * cpu.period);
      const double used = process.cpu_time_ns != 0 ? static_cast<double>(process.cpu_time_ns) : seen;
      if (!process.is_replaced) result_.process_cpu_ns += used;
      variance +=
          cpu_variance(used, static_cast<double>(process.thread_count()), static_cast<double>(cpu.period));
    }
    result_.cpu_error_ns = std::sqrt(variance);
    for (std::string& warning : process_warnings(processes_, options_.directory))
      result_.warnings.push_back(std::move(warning));
    result_.unprofiled = find_unprofiled(processes_, options_.refused, options_.directory);
    result_.refused = options_.refused.size();
    for (int i = 0; i < kKindCount; i++) {
      const Kind kind = static_cast<Kind>(i);
      const bool asked = std::any_of(processes_.begin(), processes_.end(),
                                     [&](const auto& process) { return process.kind(kind).asked; });
      if (asked) result_.kinds.push_back(build(kind));
    }
    count_nameless();
    if (options_.per_process) build_by_process();
    return std::move(result_);
  }

 private:
  using ProcessId = std::pair<uint64_t, uint32_t>;  // PID namespace, number in it
  static ProcessId id_of(const ProcessRecord& process) { return {process.pid_namespace, process.pid}; }
  bool is_wanted(const ProcessRecord& process) const { return !only_ || id_of(process) == *only_; }

  void build_by_process() {
    std::map<ProcessId, std::string> names;  // a process may become several programs: the last one's
    for (const auto& process : processes_) names[id_of(process)] = process.name();
    for (const auto& [id, name] : names) {
      only_ = id;
      ProcessProfiles made = {name, id.second, is_foreign(id.first) ? id.first : 0, {}};
      for (const KindProfile& all : result_.kinds) {
        KindProfile kind = build(all.kind);
        if (kind.events > 0 || kind.total > 0) made.kinds.push_back(std::move(kind));
      }
      if (!made.kinds.empty()) result_.by_process.push_back(std::move(made));
    }
    only_.reset();
  }

  template <typename Visit>
  void for_each_stack(Kind kind, Visit visit) {
    std::vector<Place> places;
    for (size_t p = 0; p < processes_.size(); p++) {
      if (!is_wanted(processes_[p])) continue;
      const KindRecord& record = processes_[p].kind(kind);
      for (uint32_t id = 0; id < record.stack_count(); id++) {
        places_[p].of(record.stack(id), kind, places);
        visit(p, id, places);
      }
    }
  }

  void gather() {
    for (const auto& process : processes_) {  // the main binary is the first mapping of a profile
      const auto& modules = process.modules().all();
      if (modules.empty()) continue;
      const auto main = std::find_if(modules.begin(), modules.end(),
                                     [&](const auto& module) { return module.path == process.executable; });
      book_.file(main != modules.end() ? &*main : &modules[0], process.pid);
      break;
    }
    for (int i = 0; i < kKindCount; i++) {
      for_each_stack(static_cast<Kind>(i), [&](size_t, uint32_t, const std::vector<Place>& places) {
        for (const Place& place : places) book_.want(place);
      });
    }
  }

  KindProfile build(Kind kind) {
    const KindInfo& info = kKinds[static_cast<size_t>(kind)];
    const int types = sample_type_count(info);
    ProfileBuilder builder;
    for (int i = 0; i < types; i++)
      builder.add_sample_type(info.sample_types[i].type, info.sample_types[i].unit);
    ProfileWriter writer(builder, book_);
    if (!book_.files().empty()) writer.mapping(0);

    KindProfile made;
    made.kind = kind;
    const bool by_process = processes_.size() > 1;
    Samples samples;
    std::vector<uint64_t> words;
    std::vector<Values> values;
    size_t values_of = SIZE_MAX;
    for_each_stack(kind, [&](size_t process, uint32_t id, const std::vector<Place>& places) {
      if (values_of != process) values = processes_[values_of = process].values(kind);
      const Stack recorded = processes_[process].kind(kind).stack(id);
      words.assign({by_process ? process : 0, recorded.tid, uint64_t{recorded.state} << 32 | recorded.labels,
                    recorded.size});
      if (recorded.state > kRunning) words.push_back(writer.waiting("[" + state_name(recorded.state) + "]"));
      if (recorded.frames.empty() && recorded.state <= kRunning)
        words.push_back(writer.waiting("[not sampled]"));
      for (const Place& place : places) words.push_back(writer.location(place));
      samples.add(words, values[id]);
    });

    std::vector<uint32_t> stack;
    std::vector<int64_t> rounded(static_cast<size_t>(types));
    for (size_t s = 0; s < samples.size(); s++) {
      const auto sample = samples.words(s);
      stack.assign(sample.begin() + 4, sample.end());
      for (int i = 0; i < types; i++) rounded[static_cast<size_t>(i)] = std::llround(samples.values(s)[i]);
      made.total += samples.values(s)[types - 1];
      builder.add_sample(stack, rounded,
                         labels(builder, processes_[sample[0]], static_cast<uint32_t>(sample[1]),
                                static_cast<uint32_t>(sample[2]), static_cast<uint32_t>(sample[2] >> 32),
                                sample[3], by_process));
    }
    describe(builder, made);
    made.profile = std::move(builder).finish();
    return made;
  }

  static std::vector<Label> labels(ProfileBuilder& builder, const ProcessRecord& process, uint32_t tid,
                                   uint32_t set, uint32_t state, uint64_t size, bool by_process) {
    std::vector<Label> all;
    const auto add = [&](const char* key, const std::string& text, int64_t number) {
      Label label;
      label.key = builder.intern(key);
      label.str = builder.intern(text);
      label.num = number;
      all.push_back(label);
    };
    if (tid != 0) {
      const std::string& name = process.thread_name(tid);
      if (!name.empty()) add("thread", name, 0);
      add("tid", "", tid);
    }
    if (by_process) {
      add("pid", "", process.pid);
      add("process", process.name(), 0);
    }
    if (size != 0) add("bytes", "", static_cast<int64_t>(size));
    if (state != kNoState) add("state", state_name(state), 0);
    for (const auto& [key, text] : process.labels(set)) add(key.c_str(), text, 0);
    return all;
  }

  // The profile's own account of itself.
  void describe(ProfileBuilder& builder, KindProfile& made) {
    const KindInfo& info = kKinds[static_cast<size_t>(made.kind)];
    const Weigher& row = weigher(made.kind);
    Profile& header = builder.header();
    int64_t start = INT64_MAX, end = INT64_MIN;
    uint64_t period = info.default_period;
    for (const auto& process : processes_) {
      if (!is_wanted(process)) continue;
      const KindRecord& record = process.kind(made.kind);
      made.events += record.events;
      made.truncated_events += record.truncated_events;
      made.lost_weight += record.lost_weight;
      if (record.asked) period = record.period;
      if (header.time_ns == 0) header.time_ns = process.start_realtime_ns;
      start = std::min(start, process.start_monotonic_ns);
      end = std::max(end, process.end_monotonic_ns);
    }
    header.duration_ns = std::max<int64_t>(0, end - start);
    const SampleType& type = row.period_type.type != nullptr ? row.period_type : info.period_type;
    header.period_type = {builder.intern(type.type), builder.intern(type.unit)};
    header.period = row.period != 0 ? row.period : static_cast<int64_t>(period);
    header.default_sample_type = builder.intern(default_sample_type(info, made));
    for (const auto& comment : quality_comments(made, result_, options_, period)) {
      header.comments.push_back(builder.intern(comment));
    }
    for (const auto& process : processes_) {
      if (made.kind != Kind::k_wall || process.wall_refused.empty() || !is_wanted(process)) continue;
      header.comments.push_back(builder.intern(fmt::format(
          "process {}: what blocked threads wait in is not known: {}", process.pid, process.wall_refused)));
    }
    if (made.kind == Kind::k_cpu && !only_) result_.cpu_seen_ns = made.total;
  }

  // The last one; of what has a lifetime and left nothing alive, the one before the living.
  static const char* default_sample_type(const KindInfo& info, const KindProfile& made) {
    const int last = sample_type_count(info) - 1;
    const int living = weigher(made.kind).live_values;
    return info.sample_types[living > 0 && made.total < 0.5 ? living - 1 : last].type;
  }

  void count_nameless() {
    std::map<std::string, uint64_t> by_module;
    for (int i = 0; i < kKindCount; i++) {
      for_each_stack(static_cast<Kind>(i), [&](size_t, uint32_t, const std::vector<Place>& places) {
        result_.frames += places.size();
        for (const Place& place : places) {
          if (book_.code(place).source <= symbols::Source::kUnwindTable) {
            by_module[book_.files()[place.file].path]++;
          }
        }
      });
    }
    for (const auto& [module, frames] : by_module) result_.nameless.push_back({module, frames});
    std::stable_sort(result_.nameless.begin(), result_.nameless.end(),
                     [](const auto& a, const auto& b) { return a.frames > b.frames; });
  }

  const std::deque<ProcessRecord>& processes_;
  const BuildOptions& options_;
  SymbolBook book_;
  std::deque<Places> places_;      // by process
  std::optional<ProcessId> only_;  // of this process alone
  Profiles result_;
};

}  // namespace

Profiles build_profiles(const std::deque<ProcessRecord>& processes, const BuildOptions& options) {
  return Build(processes, options).run();
}

}  // namespace prof::record
