// D's mangling ("_D..."): https://dlang.org/spec/abi.html#name_mangling, as compilers since 2018 write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libprof/symbols/simplify.h"

namespace prof::symbols {

// "std.array.Appender!(char[]).Appender.put!(char).put(char)" in full, without parameters with kTemplates,
// "std.array.Appender.put" by default: there a template is named once, not again for the member of its name
// that it stands for. Nothing where `linker_name` is no such name. Any bytes are fine: depth, steps and
// length are bounded.
std::optional<std::string> demangle_d(std::string_view linker_name, NameStyle style);

}  // namespace prof::symbols
