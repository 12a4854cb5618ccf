// The decoder proper, behind codec.h: bare profile.proto to Profile.
#pragma once

#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/pages.h"
#include "libprof/profile/profile.h"

namespace prof {

// `pages`: where it is not null, what `data` lies in, given back front to back while samples are read.
Result<Profile> decode_proto(std::string_view data, Pages* pages, const std::string& name);

}  // namespace prof
