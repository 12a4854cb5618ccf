// Readable names for the functions of a profile that has the linker's.
#pragma once

#include <string>
#include <string_view>

#include "libprof/profile/profile.h"
#include "libprof/symbols/simplify.h"

namespace prof::symbols {

// pprof's rules. A function whose name differs from its linker's name is readable already, and stays unless
// `force`, which keeps the scope that debug information told ("json::" of "json::parse", for the linker
// "parse"). What is not mangled but looks like C++ loses what `style` leaves out.
Profile make_readable(Profile profile, NameStyle style, bool force);

// Names with template arguments `depth` levels deep (simplify.h), of functions whose linker's name has them
// or that are shown with them.
Profile limit_templates(Profile profile, int64_t depth);

}  // namespace prof::symbols
