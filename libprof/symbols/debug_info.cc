#include "libprof/symbols/debug_info.h"

#include <dwarf.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "libprof/symbols/demangle.h"

namespace prof::symbols {
namespace {

// Real code nests to a few dozen; a file that nests deeper is not worth our stack.
constexpr int kMaxDepth = 256;

template <typename Add>
void for_each_range(Dwarf_Die& die, Add add) {
  Dwarf_Addr base = 0, low = 0, high = 0;
  for (ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;) add(low, high);
}

template <typename Visit>
void for_each_child(Dwarf_Die& parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  do {
    visit(child);
  } while (dwarf_siblingof(&child, &child) == 0);
}

const char* string_attribute(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(&die, name, &attribute) == nullptr) return nullptr;
  return dwarf_formstring(&attribute);
}

int64_t number_attribute(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) return 0;
  return static_cast<int64_t>(value);
}

struct Place {
  const char* file = nullptr;
  int64_t line = 0;
  int64_t column = 0;
};

Place place_of_address(Dwarf_Die& unit, uint64_t address) {
  Place place;
  Dwarf_Line* row = dwarf_getsrc_die(&unit, address);
  if (row == nullptr) return place;
  int line = 0, column = 0;
  place.file = dwarf_linesrc(row, nullptr, nullptr);
  if (dwarf_lineno(row, &line) == 0) place.line = line;
  if (dwarf_linecol(row, &column) == 0) place.column = column;
  return place;
}

// Where the inlined function of `die` was called.
Place place_of_call(Dwarf_Die& unit, Dwarf_Die& die) {
  Place place;
  Dwarf_Files* files = nullptr;
  size_t count = 0;
  const auto file = static_cast<size_t>(number_attribute(die, DW_AT_call_file));
  if (dwarf_getsrcfiles(&unit, &files, &count) == 0 && file < count) {
    place.file = dwarf_filesrc(files, file, nullptr, nullptr);
  }
  place.line = number_attribute(die, DW_AT_call_line);
  place.column = number_attribute(die, DW_AT_call_column);
  return place;
}

}  // namespace

DebugInfo::DebugInfo(Dwarf* dwarf, uint64_t bias) : bias_(bias) {
  if (dwarf == nullptr) return;
  Dwarf_CU* cu = nullptr;
  Dwarf_Half version = 0;
  uint8_t type = 0;
  Dwarf_Die die, split;
  while (dwarf_get_units(dwarf, cu, &cu, &version, &type, &die, &split) == 0) {
    if (type == DW_UT_type || type == DW_UT_split_type || type == DW_UT_partial) continue;
    Unit* unit = nullptr;
    for_each_range(die, [&](uint64_t low, uint64_t high) {
      if (unit == nullptr) {
        unit = &units_.emplace_back();
        unit->die = die;
        unit->code = type == DW_UT_skeleton && split.addr != nullptr ? split : die;
      }
      ranges_.add(low, high, unit);
    });
  }
  ranges_.build();
}

void DebugInfo::index_functions(Unit& unit, Dwarf_Die parent, int depth) {
  if (depth > kMaxDepth) return;
  for_each_child(parent, [&](Dwarf_Die& die) {
    switch (dwarf_tag(&die)) {
      case DW_TAG_subprogram: {
        Function* function = nullptr;
        for_each_range(die, [&](uint64_t low, uint64_t high) {
          if (function == nullptr) {
            function = &unit.functions.emplace_back();
            function->die = die;
          }
          unit.ranges.add(low, high, function);
        });
        if (function != nullptr) index_functions(unit, die, depth + 1);
        break;
      }
      case DW_TAG_namespace:
      case DW_TAG_module:
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
      case DW_TAG_lexical_block:
        index_functions(unit, die, depth + 1);
        break;
      default:
        break;
    }
  });
}

void DebugInfo::index_inlines(Function& function, Dwarf_Die parent, int depth) {
  if (depth > kMaxDepth) return;
  for_each_child(parent, [&](Dwarf_Die& die) {
    const int tag = dwarf_tag(&die);
    if (tag == DW_TAG_inlined_subroutine) {
      for_each_range(die, [&](uint64_t low, uint64_t high) {
        if (low < high) function.inlines.push_back({low, high, die});
      });
    }
    if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block) {
      index_inlines(function, die, depth + 1);
    }
  });
}

const DebugInfo::Name& DebugInfo::name_of(Dwarf_Die& die, const char* symbol) {
  const char* linker_name = string_attribute(die, DW_AT_linkage_name);
  if (linker_name == nullptr) linker_name = string_attribute(die, DW_AT_MIPS_linkage_name);
  const char* plain_name = string_attribute(die, DW_AT_name);
  // What tells neither (clang's -gmlt, some abstract origins of GCC's) is still in the symbol table.
  if (linker_name == nullptr && symbol != nullptr &&
      (plain_name == nullptr || std::strncmp(symbol, "_Z", 2) == 0)) {
    linker_name = symbol;
  }
  return name_of(linker_name != nullptr ? linker_name : plain_name != nullptr ? plain_name : "");
}

const DebugInfo::Name& DebugInfo::name_of(const char* linker_name) {
  const auto [entry, is_new] = names_.try_emplace(linker_name);
  if (is_new) entry->second = {demangle(linker_name), linker_name};
  return entry->second;
}

void DebugInfo::index(Unit& unit) {
  if (std::exchange(unit.indexed, true)) return;
  index_functions(unit, unit.code, 0);
  unit.ranges.build();
}

void DebugInfo::index(Function& function) {
  if (std::exchange(function.indexed, true)) return;
  index_inlines(function, function.die, 0);
}

bool DebugInfo::find(uint64_t address, const char* symbol, std::vector<Frame>& frames) {
  address -= bias_;
  Unit** found_unit = ranges_.find(address);
  if (found_unit == nullptr) return false;
  Unit& unit = **found_unit;
  index(unit);
  const auto add = [&](const Name& name, const Place& place, int start_line) {
    frames.push_back({name.name, name.system_name, place.file != nullptr ? place.file : "", start_line,
                      place.line, place.column});
  };

  Place place = place_of_address(unit.die, address);
  Function** found_function = unit.ranges.find(address);
  if (found_function == nullptr) {  // -gline-tables-only omits functions that inline nothing
    if (symbol == nullptr || place.file == nullptr) return false;
    add(name_of(symbol), place, 0);
    return true;
  }
  Function& function = **found_function;
  index(function);
  std::vector<Dwarf_Die*> chain = {&function.die};  // outermost first
  for (Inline& call : function.inlines) {
    if (address >= call.low && address < call.high) chain.push_back(&call.die);
  }
  for (size_t i = chain.size(); i-- > 0;) {
    int start_line = 0;
    if (dwarf_decl_line(chain[i], &start_line) != 0) start_line = 0;
    add(name_of(*chain[i], i == 0 ? symbol : nullptr), place, start_line);
    if (i > 0) place = place_of_call(unit.die, *chain[i]);
  }
  return true;
}

}  // namespace prof::symbols
