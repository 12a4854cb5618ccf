// Shorter C++ names: what a person says when they name a function.
#pragma once

#include <string>
#include <string_view>

namespace prof::symbols {

enum class NameStyle {
  kDefault,    // std::map::find: no parameters, no template arguments, no return type (pprof's default)
  kTemplates,  // std::map<int, char>::find
  kFull,       // as the demangler writes it
  kNone,       // the linker's name
};

// `name`: a C++ function as the demangler writes it. Where its structure is not understood it comes back
// whole. Linear in its length, no recursion.
std::string simplify(std::string_view name, NameStyle style);

}  // namespace prof::symbols
