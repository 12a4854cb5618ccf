// Names for people out of names for linkers: C++ (Itanium), Rust's legacy scheme, which is built on it, and
// Rust's own, D. Go's names are readable as they are.
#pragma once

#include <string>

#include "libprof/symbols/simplify.h"

namespace prof::symbols {

// The readable form in `style` (Rust's names come in full); `linker_name` itself where it
// is not mangled. Any bytes are fine.
std::string demangle(const std::string& linker_name, NameStyle style = NameStyle::kDefault);

}  // namespace prof::symbols
