// Which file a program's name means, and whether the agent can be preloaded into it. Each reason why not is
// an Error of its own, told before anything runs.
#pragma once

#include <string>

#include "libprof/base/error.h"

namespace prof::record {

// The file that execvp(name) would run. Fails where that would fail, or the agent would not be loaded: a
// static program, one of another C library, whose loader would not run it with the agent, one whose
// privileges make the loader ignore LD_PRELOAD, a foreign one; of a script, its interpreter is what is
// checked.
Result<std::string> find_program(const std::string& name);

// The file alone, whether or not it can be recorded; `name` where there is none.
std::string find_file(const std::string& name);

// Whether this is find_program's refusal of what can still be sampled from outside: it is statically linked,
// of another C library, or the like, and nothing else is wrong.
bool is_only_seen_from_outside(const Error& refusal);

// Why not, without what was tried: "it is statically linked, ..."; "" where the agent can be preloaded.
std::string why_not_recorded(const std::string& name);

}  // namespace prof::record
