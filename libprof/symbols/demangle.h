// Names for people out of names for linkers: C++ (Itanium) and Rust's legacy scheme, which is built on it.
#pragma once

#include <string>

namespace prof::symbols {

// The full readable form, with parameters and template arguments; `linker_name` itself where it is not
// mangled. Any bytes are fine.
std::string demangle(const std::string& linker_name);

}  // namespace prof::symbols
