#include "libprof/record/agent_config.h"

#include <unistd.h>

#include <bit>
#include <thread>

namespace prof::record {

// Every process allocates its ring when it starts, which costs an 8 MiB one some 5 ms: where only CPU time is
// recorded, whose events come at a known rate, it is as large as a second of them.
uint64_t ring_size(const std::vector<Kind>& kinds, const uint64_t (&periods)[kKindCount],
                   uint64_t max_memory) {
  constexpr uint64_t kEventBytes = 512, kSmallest = uint64_t{1} << 20;
  const uint64_t largest = spool::largest_ring(max_memory);
  if (!std::all_of(kinds.begin(), kinds.end(), has_rate)) return std::min(spool::kDefaultRingSize, largest);
  const uint64_t rate = 1'000'000'000 / std::max<uint64_t>(1, periods[static_cast<size_t>(Kind::k_cpu)]);
  return std::min(
      largest, std::bit_ceil(std::max(kSmallest, rate * std::thread::hardware_concurrency() * kEventBytes)));
}

std::string agent_config(const std::string& directory, const std::string& tables,
                         const RecordOptions& options, uint64_t ring, const uint64_t (&periods)[kKindCount]) {
  std::string names, settings;
  for (const Kind kind : options.kinds) {
    const std::string name = kKinds[static_cast<size_t>(kind)].name;
    names += (names.empty() ? "" : ",") + name;
    settings += ";" + name + "=" + std::to_string(periods[static_cast<size_t>(kind)]);
  }
  if (is_among(options.kinds, Kind::k_wall)) {
    settings += ";cpu=" + std::to_string(periods[static_cast<size_t>(Kind::k_wall)]) +
                ";watcher=" + std::to_string(::getpid());
  }
  return "dir=" + directory + ";kinds=" + names + settings + ";ring=" + std::to_string(ring) +
         (tables.empty() ? "" : ";tables=" + tables) +
         (options.max_memory == 0 ? "" : ";memory=" + std::to_string(options.max_memory)) +
         (options.seed == 0 ? "" : ";seed=" + std::to_string(options.seed));
}

}  // namespace prof::record
