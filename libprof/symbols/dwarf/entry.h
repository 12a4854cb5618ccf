// Single entries of a unit, and those that one holds.
#pragma once

#include <dwarf.h>

#include <cstdint>
#include <string_view>

#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

// What an entry says by itself of what it declares.
struct Declaration {
  uint16_t tag = 0;       // 0: there is no entry
  std::string_view name;  // "" where none is told, as the numbers are 0
  std::string_view linker_name;
  uint64_t line = 0, column = 0;
  bool is_external = false;
  Value origin;  // the entry that it completes or is an instance of
};
Declaration read_declaration(const Unit& unit, uint64_t entry);

// Skips an entry whose abbreviation was read; with `whole` also what it holds, if it tells where that ends.
// Whether entries that it holds come next.
bool skip_entry(Bytes& at, const Unit& unit, const Abbrev& abbrev, bool whole);

// `visit(offset, abbrev)` for each entry that the one at `entry` holds itself, in their order, then
// `visit(offset, nullptr)` for the end.
template <typename Visit>
void visit_held(const Unit& unit, uint64_t entry, Visit visit) {
  Bytes at(unit.sections.info.substr(0, unit.end), entry);
  const Abbrev* abbrev = unit.abbrevs->find(at.uleb());
  if (abbrev == nullptr || !skip_entry(at, unit, *abbrev, false)) return;
  size_t inside = 0;  // how deep in entries that do not tell where they end
  while (!at.at_end()) {
    const uint64_t held = at.at();
    const uint64_t code = at.uleb();
    abbrev = code != 0 ? unit.abbrevs->find(code) : nullptr;
    if (inside == 0) visit(held, abbrev);
    if (abbrev == nullptr) {
      if (code != 0 || inside == 0) return;
      inside--;
    } else if (skip_entry(at, unit, *abbrev, true)) {
      inside++;
    }
  }
}

}  // namespace prof::symbols::dwarf
