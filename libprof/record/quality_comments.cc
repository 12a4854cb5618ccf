#include "libprof/record/quality_comments.h"

#include <fmt/format.h>

#include <cmath>

namespace prof::record {

std::vector<std::string> quality_comments(const KindProfile& made, const Profiles& all,
                                          const BuildOptions& options, uint64_t period) {
  std::vector<std::string> comments = {"recorded by prof " PROF_VERSION};
  if (!options.command.empty()) comments.push_back("command: " + options.command);
  if (made.kind == Kind::k_cpu && made.total > 0) {
    const double asked = 1e9 / static_cast<double>(period);
    comments.push_back(fmt::format(
        "rate: {:.0f} Hz asked, {:.0f} Hz achieved; each sample is weighted by the expiries it stands for",
        asked, static_cast<double>(made.events) / (made.total / 1e9)));
    const auto tier = describe_tier(std::llround(asked), all.tier);
    if (!tier.empty() && !options.from_outside) comments.push_back("precision: " + tier);
  }
  if (made.lost_weight > 0) {
    comments.push_back(made.kind == Kind::k_cpu
                           ? fmt::format("dropped: samples worth {:.0f} ms of CPU time",
                                         static_cast<double>(made.lost_weight * period) / 1e6)
                           : fmt::format("dropped: {} samples", made.lost_weight));
  }
  for (int i = 0; i < spool::kDropCount; i++) {
    if (all.drops[i] > 0) {
      comments.push_back(fmt::format("dropped, all kinds: {}: {}", all.drops[i], spool::kDropTexts[i]));
    }
  }
  const double truncated =
      made.events > 0 ? static_cast<double>(made.truncated_events) / static_cast<double>(made.events) : 0;
  comments.push_back(fmt::format("truncated stacks: {:.2f}%", 100 * truncated));
  return comments;
}

}  // namespace prof::record
