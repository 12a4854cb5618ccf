// --sample-index: which of a profile's values is meant.
#pragma once

#include <string>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"

namespace prof::cmd {

// "" is the profile's default type, else its last; otherwise a type's name ("inuse_space" is also found as
// "space") or its position from 0.
Result<size_t> sample_index(const Profile& profile, const std::string& wanted);

}  // namespace prof::cmd
