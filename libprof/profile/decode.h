// The decoder proper, behind codec.h: bare profile.proto to Profile.
#pragma once

#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/inflation.h"
#include "libprof/profile/profile.h"

namespace prof {

Result<Profile> decode_proto(std::string_view data, const std::string& name, size_t threads);

// The same of what is still being decompressed: it is read as it comes, and its pages are given back front to
// back while samples are read, on all cores.
Result<Profile> decode_proto(Inflation& inflation, const std::string& name);

}  // namespace prof
