// `proto` and `topproto`: what the filters leave, and the rows of `top`, as profiles.
#pragma once

#include "libprof/profile/profile.h"
#include "libprof/report/view.h"

namespace prof::report {

Profile filtered_profile(const View& view);
Profile top_profile(const View& view);

// Everything of `profile` but its samples, with the same indices, strings included. `in_mapping`: where it
// has no mappings, all locations are put into an empty one.
void copy_tables(const Profile& profile, ProfileBuilder& builder, bool in_mapping = false);

// All of it, likewise, with a comment more where `comment` is not empty.
Profile copy_of(const Profile& profile, bool in_mapping, const std::string& comment);

}  // namespace prof::report
