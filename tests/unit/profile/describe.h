// Every field of a Profile as text, for comparing two.
#pragma once

#include <string>

#include "libprof/profile/profile.h"

namespace prof::test {

std::string describe(const Profile& profile);

}  // namespace prof::test
