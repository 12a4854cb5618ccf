// The copy that a profile from a URL leaves behind, where and as pprof leaves it.
#pragma once

#include "libprof/profile/profile.h"

namespace prof::cmd {

// Writes pprof.<program>.<types>.NNN.pb.gz into $PPROF_TMPDIR, else ~/pprof, else the directory for temporary
// files, and says so on standard error. That it cannot be written is a warning there.
void save_copy(const Profile& profile);

}  // namespace prof::cmd
