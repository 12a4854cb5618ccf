// Names for people out of names for linkers: C++ (Itanium), Rust's legacy scheme, which is built on it, and
// Rust's own, D. Go's names are readable as they are.
#pragma once

#include <string>
#include <string_view>

#include "libprof/symbols/simplify.h"

namespace prof::symbols {

// The readable form in `style` (Rust's names come in full); `linker_name` itself where it
// is not mangled. Any bytes are fine.
std::string demangle(const std::string& linker_name, NameStyle style = NameStyle::kDefault);

// Without what compilers add for a copy that they made of a function: ".constprop.0", ".part.1.cold",
// ".llvm.123". A dot is also Rust's older scheme's, inside of names: "_ZN42_$LT$a..Foo$GT$2go17h...E".
std::string_view without_copy_suffix(std::string_view linker_name);

}  // namespace prof::symbols
