// One line on a terminal that says how far long work has come.
#pragma once

#include <string>

#include "libprof/symbols/symbolizer.h"

namespace prof::cmd {

// Shows "what 42%" on standard error from the third tenth of a second after its first call on, and wipes it
// out when the last copy of it is gone. Nothing (an empty function) where that is no terminal.
symbols::Progress terminal_progress(const std::string& what);

}  // namespace prof::cmd
