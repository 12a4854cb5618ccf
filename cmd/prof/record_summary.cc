#include "cmd/prof/record_summary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cmd/prof/debug_package.h"
#include "libprof/base/paths.h"
#include "libprof/record/account.h"
#include "libprof/record/write_profiles.h"

namespace prof::cmd {
namespace {

constexpr size_t kMaxModulesShown = 3;
constexpr size_t kMaxProgramsShown = 3;

std::string seconds(double value) {
  if (value >= 1) return fmt::format("{:.2f} s", value);
  if (value >= 1e-3) return fmt::format("{:.0f} ms", value * 1e3);
  return fmt::format("{:.0f} us", value * 1e6);
}

std::string bytes(double value) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); unit++) value /= 1024;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string count(uint64_t n, const char* one) {
  const bool is_sibilant = std::string_view(one).ends_with("s");
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : is_sibilant ? "es" : "s");
}

// The command, for a shell: names may have spaces.
std::string top(const std::string& file) { return "prof top " + record::command_line({file}); }

double total(const record::KindProfile& kind, size_t type) {
  double sum = 0;
  for (size_t i = 0; i < kind.profile.sample_count(); i++) {
    sum += static_cast<double>(kind.profile.values(i)[type]);
  }
  return sum;
}

// One line: events, what they add up to.
class Lines {
 public:
  explicit Lines(const record::Recording& recording) : recording_(recording) {
    for (const auto& [kind, file] : recording.files) width_ = std::max(width_, file.size());
  }

  void add(const std::string& title, const std::string& text) {
    text_ += fmt::format("{:<6}{:<{}}  {}\n", text_.empty() ? "prof:" : "", title, width_, text);
  }

  void kinds() {
    for (const auto& kind : recording_.profiles.kinds) {
      const auto file = recording_.files.find(kind.kind);
      const bool by_process = !recording_.process_files.empty();
      const std::string all = std::string(kKinds[static_cast<size_t>(kind.kind)].name) + ", all";
      add(file != recording_.files.end() ? file->second : by_process ? all : "(lost)", describe(kind));
    }
  }

  void tier() {
    if (!recording_.from_outside) {
      for (const auto& kind : recording_.profiles.kinds) {
        if (kind.kind != Kind::k_cpu || kind.events == 0) continue;
        const auto hz = 1'000'000'000 / std::max<int64_t>(kind.profile.period, 1);
        const auto text = record::describe_tier(hz, recording_.profiles.tier);
        if (!text.empty()) add("precision", text);
      }
      return;
    }
    add("sampled", recording_.sees_kernel
                       ? "from outside, by perf, with time in the kernel"
                       : "from outside, by perf: user mode only, time in the kernel is not "
                         "seen (sudo sysctl kernel.perf_event_paranoid=1)");
  }

  void losses() {
    const auto& profiles = recording_.profiles;
    for (int i = 0; i < spool::kDropCount; i++) {
      if (profiles.drops[i] > 0)
        add("dropped", fmt::format("{}: {}", profiles.drops[i], spool::kDropTexts[i]));
    }
    if (profiles.skipped_bytes > 0) {
      add("torn", count(profiles.skipped_bytes, "byte") + " of records that a kill cut off");
    }
    if (const double percent = 100 * record::truncated_share(profiles); percent > 0) {
      add("truncated",
          fmt::format("{:.{}g}% of stacks miss their outermost callers", percent, percent < 99.5 ? 2 : 3));
    }
    if (recording_.still_running > 0) {
      add("running", count(recording_.still_running, "process") +
                         (recording_.ended_early ? ", no longer recorded"
                                                 : " outlived the program: recorded up to its end"));
    }
    unseen();
  }

  void nameless() {
    const auto& profiles = recording_.profiles;
    const auto shown =
        std::span(profiles.nameless).first(std::min(profiles.nameless.size(), kMaxModulesShown));
    for (const auto& module : shown) {
      const double percent =
          100.0 * static_cast<double>(module.frames) / static_cast<double>(profiles.frames);
      if (percent < 1) break;
      const bool is_ambiguous = std::count_if(shown.begin(), shown.end(), [&](const auto& other) {
                                  return base_name(other.module) == base_name(module.module);
                                }) > 1;
      const std::string_view name = is_ambiguous ? module.module : base_name(module.module);
      add("no symbols",
          fmt::format("{} ({:.0f}% of frames): {}", module.module.empty() ? "code outside all files" : name,
                      percent, remedy(module.module)));
    }
  }

  void next() {
    const auto& files = recording_.process_files;
    if (!files.empty()) {
      add("written", fmt::format("{} in {}", count(files.size(), "profile"),
                                 files[0].substr(0, files[0].rfind('/') + 1)));
      add("next", top(files[0]));
    }
    if (recording_.files.empty()) return;
    const auto& cpu = recording_.profiles.kinds[0];
    if (cpu.kind == Kind::k_cpu && cpu.events == 0 && recording_.files.size() == 1) {
      const int64_t hz = 1'000'000'000 / std::max<int64_t>(cpu.profile.period, 1);
      if (has_untimed())
        return add("next",
                   "raise ulimit -i (prof doctor shows it); what is in a sandbox: prof record -p PID");
      if (cpu_.unrecorded > cpu_.used / 2)
        return add("next", "the process that uses the time: prof record -p PID");
      if (recording_.still_running > 0)
        return add("next", "what outlived the program: keep it in the foreground, or prof record -p PID");
      constexpr int64_t kMost = 10'000;
      if (hz < (cpu.total > 0 ? kMost : 1000) && (cpu.total > 0 || cpu_.may_be_start_up)) {
        return add("next", fmt::format("record it with more samples: prof record -F {} ...",
                                       hz < 1000 ? 1000 : kMost));
      }
      return add("next", "record more work than this: no sample fell into it");
    }
    add("next", top(recording_.files.begin()->second));
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string describe(const record::KindProfile& kind) const {
    const std::string samples = count(kind.events, "sample");
    switch (kind.kind) {
      case Kind::k_cpu:
        return samples + cpu(kind);
      case Kind::k_heap:
        if (kind.events == 0)
          return "0 samples: too little was allocated, or by an allocator of the program's own";
        return fmt::format("{}, {} allocated, {} in use at the end", samples, bytes(total(kind, 1)),
                           bytes(total(kind, 3)));
      case Kind::k_mutex:
        if (kind.events == 0) return "0 samples: no wait for a mutex or a readers-writer lock has ended";
        return fmt::format("{}, {}, {} waited", samples, count(std::llround(total(kind, 0)), "wait"),
                           seconds(total(kind, 1) / 1e9));
      case Kind::k_wall:
        return samples + wall(kind);
    }
    return samples;
  }

  static std::string wall(const record::KindProfile& kind) {
    const record::WallAccount time = record::wall_account(kind);
    return fmt::format(", {} of thread time: {} running, {} waiting for a CPU, {} blocked",
                       seconds(time.total), seconds(time.running), seconds(time.runnable),
                       seconds(time.blocked));
  }

  std::string cpu(const record::KindProfile& kind) const {
    const double used = cpu_.used, seen = kind.total / 1e9;
    const double period = static_cast<double>(kind.profile.period) / 1e9;
    if (kind.events == 0 && seen > 0)
      return fmt::format(": no thread was long enough for one; {} of CPU time", seconds(seen));
    if (kind.events == 0) {
      return recording_.profiles.processes == 0
                 ? ": the agent did not start in the program"
                 : fmt::format(": the program used {} of CPU time, a sample stands for {}", seconds(used),
                               seconds(period));
    }
    std::string text = fmt::format(", {} of {} CPU time", seconds(seen), seconds(used));
    if (used > 0) text += fmt::format(" ({:.0f}%)", 100 * seen / used);
    const double asked = 1 / period, achieved = static_cast<double>(kind.events) / seen;
    text += fmt::format(", {:.0f} Hz", asked);
    if (achieved < 0.95 * asked)
      text += fmt::format(" asked, {:.0f} Hz achieved (weights make up for it)", achieved);
    return text;
  }

  void unseen() {
    const auto& profiles = recording_.profiles;
    if (profiles.processes == 0) {
      add("not seen", "nothing was recorded: the program replaced its environment or left before it started");
    }
    programs_not_profiled();
    if (cpu_.dropped > 0) add("not seen", seconds(cpu_.dropped) + " of samples that were dropped");
    if (cpu_.unsampled > 0) add("not seen", seconds(cpu_.unsampled) + " of " + without_samples());
    if (cpu_.unrecorded > 0) add("not seen", seconds(cpu_.unrecorded) + " of " + whose());
  }

  // The CPU time of recorded processes that no sample is of.
  std::string without_samples() const {
    if (recording_.is_rest) return "what the recorder had taken before it was killed";
    if (recording_.from_outside) {
      if (recording_.sees_kernel) return "the kernel, switching and ending threads";
      return recording_.profiles.processes > 1 ? "time in the kernel, or of processes too short for a sample"
                                               : "time in the kernel";
    }
    if (has_untimed()) return "threads without a CPU timer";
    if (!cpu_.may_be_start_up)
      return "a long start-up (the recorder's part grows with the libraries), of threads that the agent does "
             "not see (of dlmopen, of libc, of bare clones), or of others since their last tick, where a "
             "signal "
             "or a bare exit_group ended all at once";
    return "start-up and exit, before the first and after the last sample of " +
           count(recording_.profiles.processes, "process");
  }

  // Past what processes told at their end. The kernel counts the memory that it takes back from each after
  // that.
  std::string whose() const {
    if (!recording_.children) return "child processes, as --no-children asked";
    const auto& profiles = recording_.profiles;
    if (!profiles.unprofiled.empty() || profiles.lost_children > 0 || profiles.refused > 0)
      return "processes that were not profiled";
    if (!cpu_.may_be_freeing)
      return "processes that were not profiled: killed early, forked past the C library, or in a sandbox";
    return "the kernel, freeing the memory of " + count(recording_.profiles.processes, "process") +
           ", or of processes that were not profiled (killed early)";
  }

  // By name: those that recorded processes started.
  void programs_not_profiled() {
    if (!recording_.children) return;
    const auto& programs = recording_.profiles.unprofiled;
    for (size_t i = 0; i < std::min(programs.size(), kMaxProgramsShown); i++) {
      const auto& one = programs[i];
      add("not profiled",
          fmt::format("{}{}: {}", one.path, one.times > 1 ? fmt::format(" ({} times)", one.times) : "",
                      one.reason));
    }
    if (programs.size() > kMaxProgramsShown) {
      add("not profiled", count(programs.size() - kMaxProgramsShown, "more program"));
    }
  }

  bool has_untimed() const {
    return recording_.profiles.drops[static_cast<size_t>(spool::Drop::no_timer)] > 0;
  }

  static std::string remedy(const std::string& module) {
    if (module.empty()) return "a JIT compiler names its code in /tmp/perf-PID.map if asked";
    if (module.starts_with("[")) return "the kernel's own";
    if (::access(module.c_str(), F_OK) != 0) return "its file is not there any more";
    const std::string package = debug_package(module);
    return package.empty() ? "build it with -g, and do not strip it" : "install " + package;
  }

  const record::Recording& recording_;
  const record::CpuAccount cpu_ = record::cpu_account(recording_);
  size_t width_ = 12;
  std::string text_;
};

}  // namespace

std::string record_summary(const record::Recording& recording) {
  Lines lines(recording);
  lines.kinds();
  lines.tier();
  lines.losses();
  lines.nameless();
  lines.next();
  return std::move(lines).text();
}

}  // namespace prof::cmd
