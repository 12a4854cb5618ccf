// .debug_aranges: the code of units, beside them. Often missing (clang) or partial, and of use only where
// units cannot tell: those of DWARF 2 have one range each, and their functions may lie outside it.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libprof/symbols/dwarf/ranges.h"

namespace prof::symbols::dwarf {

// By the unit's offset in .debug_info. Stops at what makes no sense.
std::unordered_map<uint64_t, std::vector<Range>> read_aranges(std::string_view section);

}  // namespace prof::symbols::dwarf
