#include "libprof/symbols/dwarf/names.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "libprof/symbols/demangle.h"
#include "libprof/symbols/dwarf/entry.h"

namespace prof::symbols::dwarf {
namespace {

using Kind = Value::Kind;

// Of references from entry to entry; real ones take three.
constexpr int kMaxHops = 16;
// Of entries in entries: files made to have more would take the square of their size.
constexpr int kMostLevels = 64;
// Of a name with all that is around it: files made to have more would take far more than their size.
constexpr size_t kLongestScope = 16384;

// Compilers say by the edition of the standard; elfutils has no names for the newer ones.
bool is_cxx(uint64_t language) {
  constexpr uint64_t kCxx17 = 0x2a, kCxx20 = 0x2b, kCxx23 = 0x3a;
  switch (language) {
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case kCxx17:
    case kCxx20:
    case kCxx23:
    case DW_LANG_ObjC_plus_plus:
      return true;
    default:
      return false;
  }
}

bool is_type(uint16_t tag) {
  return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

bool is_scope(uint16_t tag) { return tag == DW_TAG_namespace || tag == DW_TAG_subprogram || is_type(tag); }

}  // namespace

Names NameReader::read(const Unit& of, uint64_t entry, int depth) {
  Names names;
  const Unit* unit = &of;
  bool is_external = false;
  for (int hop = 0; hop < kMaxHops && unit != nullptr; hop++) {
    const Declaration declaration = read_declaration(*unit, entry);
    if (names.linker_name.empty()) names.linker_name = declaration.linker_name;
    if (names.name.empty()) names.name = declaration.name;
    if (names.line == 0) names.line = declaration.line;
    is_external = is_external || declaration.is_external;
    const Value& next = declaration.origin;
    if (next.kind != Kind::kReference && next.kind != Kind::kAlternateReference) {
      // An external function without a linker's name is C's.
      const bool is_scoped = names.linker_name.empty() && !names.name.empty() && !is_external;
      // What dwz moved has no language of its own.
      const uint64_t language = unit->language != 0 ? unit->language : of.language;
      if (is_scoped && is_cxx(language)) {
        names.scoped_name = scope_around({unit, entry}, depth) + std::string(names.name);
      }
      break;
    }
    entry = next.number;
    if (next.kind == Kind::kAlternateReference) {
      unit = unit->file->alternate != nullptr ? unit->file->alternate->unit_at(entry) : nullptr;
    } else if (entry < unit->offset || entry >= unit->end) {
      unit = unit->file->unit_at(entry);
    }
  }
  return names;
}

std::string NameReader::scope_around(Place place, int depth) {
  const uint64_t holder = depth < kMostLevels ? scope_holding(place) : 0;
  return holder != 0 ? scope_named_by({place.first, holder}, depth + 1) : std::string();
}

const std::string& NameReader::scope_named_by(Place place, int depth) {
  if (const auto known = scopes_.find(place); known != scopes_.end()) return known->second;
  const Declaration declaration = read_declaration(*place.first, place.second);
  std::string scope;
  if (declaration.name.empty() && declaration.origin.kind == Kind::kNone) {
    const bool is_namespace = declaration.tag == DW_TAG_namespace;
    scope = scope_around(place, depth);
    scope += is_namespace ? "(anonymous namespace)" : unnamed_type(place);
  } else {
    const Names names = read(*place.first, place.second, depth);
    const bool is_mangled = !names.linker_name.empty() && declaration.tag == DW_TAG_subprogram;
    scope = is_mangled                  ? demangle(std::string(names.linker_name), NameStyle::kFull)
            : names.scoped_name.empty() ? names.name
                                        : names.scoped_name;
  }
  scope += "::";
  if (scope.size() > kLongestScope) scope.clear();
  return scopes_[place] = std::move(scope);
}

// The innermost one around it, or 0.
uint64_t NameReader::scope_holding(Place place) {
  const auto [unit, entry] = place;
  uint64_t scope = 0, holder = unit->first_entry;
  for (int level = 0; level < kMostLevels; level++) {
    const std::vector<Held>& held = held_by({unit, holder});
    const auto next = std::upper_bound(held.begin(), held.end(), entry,
                                       [](uint64_t at, const Held& one) { return at < one.end; });
    if (next == held.end() || next->begin >= entry) break;
    holder = next->begin;
    if (is_scope(next->tag)) scope = holder;
  }
  return scope;
}

const std::vector<NameReader::Held>& NameReader::held_by(Place place) {
  const auto [known, is_new] = held_.try_emplace(place);
  std::vector<Held>& held = known->second;
  if (!is_new) return held;
  const Unit& unit = *place.first;
  visit_held(unit, place.second, [&](uint64_t begin, const Abbrev* abbrev) {
    if (!held.empty() && held.back().end == 0) held.back().end = begin;
    if (abbrev != nullptr && abbrev->has_children) held.push_back({begin, 0, abbrev->tag});
  });
  if (!held.empty() && held.back().end == 0) held.back().end = unit.end;
  return held;
}

const std::string& NameReader::unnamed_type(Place place) {
  const uint64_t scope = scope_holding(place);
  const Place holder = {place.first, scope != 0 ? scope : place.first->first_entry};
  if (numbered_.insert(holder).second) number_unnamed_types(holder);
  return unnamed_types_.try_emplace(place, "{unnamed type}").first->second;
}

// GCC counts the lambdas of a function, and its other unnamed types, in the order of source; their entries
// are in that of blocks.
void NameReader::number_unnamed_types(Place scope) {
  const Unit* unit = scope.first;
  std::vector<std::tuple<uint64_t, uint64_t, uint64_t>> types;  // line, column, entry
  std::vector<std::pair<uint64_t, int>> todo = {{scope.second, 0}};
  while (!todo.empty()) {
    const auto [holder, level] = todo.back();
    todo.pop_back();
    for (const Held& held : held_by({unit, holder})) {
      if (!is_scope(held.tag) && level < kMostLevels) todo.emplace_back(held.begin, level + 1);
      if (!is_type(held.tag)) continue;
      const Declaration type = read_declaration(*unit, held.begin);
      if (type.name.empty()) types.emplace_back(type.line, type.column, held.begin);
    }
  }
  std::sort(types.begin(), types.end());
  int closures = 0, others = 0;
  for (const auto& [line, column, entry] : types) {
    unnamed_types_[{unit, entry}] = is_closure({unit, entry}) ? fmt::format("{{lambda()#{}}}", ++closures)
                                                              : fmt::format("{{unnamed type#{}}}", ++others);
  }
}

// By what GCC calls `this` in a lambda, and the function that one without captures is converted to.
bool NameReader::is_closure(Place type) {
  const Unit& unit = *type.first;
  bool found = false;
  for (const Held& held : held_by(type)) {
    if (held.tag != DW_TAG_subprogram) continue;
    found = found || read_declaration(unit, held.begin).name == "_FUN";
    visit_held(unit, held.begin, [&](uint64_t parameter, const Abbrev* abbrev) {
      found = found || (abbrev != nullptr && abbrev->tag == DW_TAG_formal_parameter &&
                        read_declaration(unit, parameter).name == "__closure");
    });
  }
  return found;
}

}  // namespace prof::symbols::dwarf
