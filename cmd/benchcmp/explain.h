// From two profiles to the functions whose cost grew, and a flame graph of the difference.
#pragma once

#include <optional>
#include <string>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"
#include "stats/report/growth.h"

namespace bench::cmd {

struct ProfilePair {
  std::string old_file, new_file;
  std::string benchmark;  // that alone was profiled; empty: more
  std::optional<double>
      ratio;  // of the cost of new to that of old, where it is known; else that of the profiles' totals
  std::string flame_graph;  // the HTML file to write; empty: none
  bool same_work = true;    // else costs cannot be compared, but their shares of each side's total can
};

// Fails where a profile cannot be read, has no samples, or the two measure different things.
prof::Result<Explanation> explain(const ProfilePair& pair);
// The same of profiles that were read.
prof::Result<Explanation> explain(const prof::Profile& before, const prof::Profile& after,
                                  const ProfilePair& pair);

}  // namespace bench::cmd
