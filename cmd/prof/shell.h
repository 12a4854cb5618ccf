// The interactive shell: pprof's commands, assignments and shortcuts, on one profile.
#pragma once

#include <string>

#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::cmd {

// Reads commands from standard input until `quit` or its end: with line editing on a terminal, else as a
// script. Reports go to standard output; messages, help and the values of options to standard error.
// `is_pprof`: with pprof's prompt and greeting, which it prints for scripts as well.
void run_shell(const Profile& profile, const report::Options& options, bool is_pprof);

}  // namespace prof::cmd
