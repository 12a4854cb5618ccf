// Shorter C++ names: what a person says when they name a function.
#pragma once

#include <cstdint>
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

// `name` with template arguments `depth` levels deep: "std::map<int, std::pair<...> >::find" at 1,
// "std::map<...>::find" at 0. Those of Rust ("<>") and of D ("!()") are meant too. Where brackets do not
// match it comes back whole. Linear in length times levels, of which it goes into 100 at most.
std::string limit_templates(std::string_view name, int64_t depth);

}  // namespace prof::symbols
