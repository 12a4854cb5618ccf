// A profile less another, its base, as pprof's -base, -diff_base and -normalize have it.
#pragma once

#include <string_view>

#include "libprof/profile/merge.h"

namespace prof {

struct Subtraction {
  bool is_normalized = false;  // scale the profile first, so that each sample type has the base's total
  std::string_view mark = "";  // as in Merger::How, for the base's samples
};

// Fails where they have no sample type in common, or normalized, where their sample types differ.
Result<Profile> subtract(const Profile& profile, const Profile& base, const UnitRatio& ratio,
                         const Subtraction& how);

}  // namespace prof
