// Profiles in tests: made, and written out whole for comparing two.
#pragma once

#include <string>

#include "libprof/profile/profile.h"

namespace prof::test {

std::string describe(const Profile& profile);

// One of everything that profile.proto has.
Profile everything();

// 100 ms of CPU time, two sample types: main (/src/main.cc) calls walk, which calls itself, and hash, which
// is inlined into walk but not into main; 10 ms are in libmystery.so, without symbols. Samples have labels.
Profile program();

}  // namespace prof::test
