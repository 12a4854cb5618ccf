// Whether a table that comes from a file is one that the compiler could have made, as far as the walk relies
// on that: it follows indices, registers and places without looking. Which code the rules are for is not
// known here.
#pragma once

#include "libprof/agent/cfi.h"

namespace prof::agent {

// Called from: threads, outside handlers. Takes as long as reading the rows.
bool is_sound(const UnwindTable& table);

}  // namespace prof::agent
