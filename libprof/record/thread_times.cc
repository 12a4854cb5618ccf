#include "libprof/record/thread_times.h"

#include <algorithm>
#include <cmath>

namespace prof::record {

void ThreadTimes::came(uint64_t number, int64_t time_ns) {
  Thread& thread = threads_[number];
  thread.since_ns = time_ns;
  thread.is_on_cpu = thread.is_known = true;
}

void ThreadTimes::runs(uint64_t number, int64_t time_ns) {
  Thread& thread = threads_[number];
  if (thread.is_on_cpu) return;
  if (thread.is_known || thread.since_ns == 0) thread.since_ns = time_ns;
  thread.is_on_cpu = thread.is_known = true;
}

void ThreadTimes::left(uint64_t number, int64_t time_ns) {
  Thread& thread = threads_[number];
  if (!thread.is_known) runs(number, time_ns);
  if (thread.is_on_cpu) thread.ns += static_cast<uint64_t>(std::max<int64_t>(0, time_ns - thread.since_ns));
  thread.is_on_cpu = false;
}

std::vector<uint64_t> ThreadTimes::running() const {
  std::vector<uint64_t> all;
  for (const auto& [number, thread] : threads_) {
    if (thread.is_on_cpu) all.push_back(number);
  }
  return all;
}

ThreadTimes::Times ThreadTimes::times(int64_t now_ns, uint64_t total_ns) const {
  Times all;
  uint64_t sum = 0;
  for (const auto& [number, thread] : threads_) {
    const int64_t turn = thread.is_on_cpu ? std::max<int64_t>(0, now_ns - thread.since_ns) : 0;
    sum += all[number] = thread.ns + static_cast<uint64_t>(turn);
  }
  if (sum == 0) return all;
  const double factor = static_cast<double>(total_ns) / static_cast<double>(sum);
  for (auto& [number, ns] : all) ns = static_cast<uint64_t>(std::llround(factor * static_cast<double>(ns)));
  return all;
}

}  // namespace prof::record
