// tagroot and tagleaf: tags as frames, so that every report can group by them.
#pragma once

#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::report {

// A copy of `profile` whose stacks have a frame for each key of options.tagroot at the root and of
// options.tagleaf at the leaf, named after the sample's values of it; with options.per_thread its thread is
// above all of them, as "name (tid)". Its locations, functions and strings begin with those of `profile`.
Profile add_tag_frames(const Profile& profile, const Options& options, Warnings& warnings);

}  // namespace prof::report
