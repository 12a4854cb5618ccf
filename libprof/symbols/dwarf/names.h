// What functions are called: by the linker, and by those who read source.
//
// GCC tells a linker's name only for what other files can refer to. Names of what they cannot, static and
// unnamed namespaces' functions and lambdas, are those of the entries around them put together, as demanglers
// would write them: "(anonymous namespace)::f", "main::{lambda()#1}::operator()". DWARF does not tell what is
// around an entry. It is found from the top; what one entry holds is read once, when it is first on a way.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

// By an entry and those that it is an instance of.
struct Names {
  std::string_view linker_name;  // "" where none is told
  std::string_view name;
  std::string scoped_name;  // of C++ without a linker's name: with what is around it; else ""
  uint64_t line = 0;        // of its declaration
};

// For one thread. Memory: a multiple of the bytes of the units asked about.
class NameReader {
 public:
  Names read(const Unit& unit, uint64_t entry) { return read(unit, entry, 0); }

 private:
  using Place = std::pair<const Unit*, uint64_t>;
  struct Held {
    uint64_t begin, end;
    uint16_t tag;
  };

  Names read(const Unit& unit, uint64_t entry, int depth);
  const std::string& scope_named_by(Place place, int depth);
  std::string scope_around(Place place, int depth);
  uint64_t scope_holding(Place place);
  const std::vector<Held>& held_by(Place place);
  const std::string& unnamed_type(Place place);
  void number_unnamed_types(Place scope);
  bool is_closure(Place type);

  std::map<Place, std::vector<Held>> held_;  // those that hold some themselves
  std::map<Place, std::string> scopes_;      // what a namespace, type or function puts before names in it
  std::map<Place, std::string> unnamed_types_;
  std::set<Place> numbered_;  // scopes whose unnamed types are in it
};

}  // namespace prof::symbols::dwarf
