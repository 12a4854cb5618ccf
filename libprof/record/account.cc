#include "libprof/record/account.h"

#include <algorithm>

namespace prof::record {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

CpuAccount cpu_account(const Recording& recording) {
  const Profiles& profiles = recording.profiles;
  const double told = profiles.process_cpu_ns / 1e9;
  CpuAccount made;
  made.used = std::max(seconds(recording.usage.ru_utime) + seconds(recording.usage.ru_stime), told);
  made.seen = profiles.cpu_seen_ns / 1e9;
  const auto cpu = std::find_if(profiles.kinds.begin(), profiles.kinds.end(),
                                [](const auto& kind) { return kind.kind == Kind::k_cpu; });
  if (cpu == profiles.kinds.end()) return made;
  const auto where_it_is_much = [&](double missing) {
    return missing > std::max({0.05 * made.used, 0.02, 2 * profiles.cpu_error_ns / 1e9}) ? missing : 0;
  };
  const double known = std::min(std::max(told, made.seen), made.used);
  const double dropped =
      static_cast<double>(cpu->lost_weight) * static_cast<double>(cpu->profile.period) / 1e9;
  made.dropped = where_it_is_much(dropped);
  if (profiles.processes > 0) made.unsampled = where_it_is_much(known - made.seen - dropped);
  constexpr double kStartUp = 0.05;
  made.may_be_start_up = made.unsampled <= static_cast<double>(profiles.processes) * kStartUp;
  made.unrecorded = where_it_is_much(made.used - known);
  constexpr double kEach = 0.001, kPerKilobyte = 0.3 / (1 << 20);
  const double freeing = kEach + kPerKilobyte * static_cast<double>(recording.usage.ru_maxrss);
  made.may_be_freeing = made.unrecorded <= static_cast<double>(profiles.processes) * freeing;
  return made;
}

WallAccount wall_account(const KindProfile& wall) {
  const Profile& profile = wall.profile;
  WallAccount made;
  made.total = wall.total / 1e9;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const Label& label : profile.labels(i)) {
      if (profile.string(label.key) != "state") continue;
      const std::string_view state = profile.string(label.str);
      const double time = static_cast<double>(profile.values(i)[1]) / 1e9;
      if (state == "running") made.running += time;
      if (state == "runnable") made.runnable += time;
    }
  }
  made.blocked = std::max(0.0, made.total - made.running - made.runnable);
  return made;
}

double truncated_share(const Profiles& profiles) {
  uint64_t truncated = 0, events = 0;
  for (const auto& kind : profiles.kinds) {
    truncated += kind.truncated_events;
    events += kind.events;
  }
  return events > 0 ? static_cast<double>(truncated) / static_cast<double>(events) : 0;
}

}  // namespace prof::record
