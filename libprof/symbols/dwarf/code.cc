#include "libprof/symbols/dwarf/code.h"

#include <dwarf.h>

#include <algorithm>
#include <utility>

#include "libprof/symbols/dwarf/entry.h"

namespace prof::symbols::dwarf {
namespace {

using Kind = Value::Kind;

uint32_t small(const Value& value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value.number, UINT32_MAX));
}

// What a function, an inlined call or a block says of its code.
struct Found {
  Extent extent;
  Scope scope;
  uint64_t sibling = 0;  // where the next entry beside it starts, or 0
};

Found read_entry(Bytes& at, const Unit& unit, const Abbrev& abbrev) {
  Found found;
  for (const Step& step : unit.abbrevs->steps(abbrev)) {
    at.skip(step.skip);
    if (!step.is_wanted) {
      skip_value(at, unit, step.spec.form);
      continue;
    }
    const Value value = read_value(at, unit, step.spec);
    switch (step.spec.name) {
      case DW_AT_sibling:
        if (value.kind == Kind::kReference) found.sibling = value.number;
        break;
      case DW_AT_call_file:
        found.scope.call_file = small(value);
        break;
      case DW_AT_call_line:
        found.scope.call_line = small(value);
        break;
      case DW_AT_call_column:
        found.scope.call_column = small(value);
        break;
      default:
        found.extent.take(step.spec.name, value);
    }
  }
  at.skip(abbrev.rest);
  return found;
}

// Where in `wanted` the addresses of `range` are.
std::pair<size_t, size_t> wanted_in(const Range& range, std::span<const uint64_t> wanted) {
  const auto first = std::lower_bound(wanted.begin(), wanted.end(), range.low);
  const auto end = std::lower_bound(first, wanted.end(), range.high);
  return {static_cast<size_t>(first - wanted.begin()), static_cast<size_t>(end - wanted.begin())};
}

}  // namespace

// Half of C++'s entries are types, which hold no code as a rule: Rust's do, and GCC leaves the code of some
// lambdas inside the function they are written in, which has none there. All is read where something was not
// found.
UnitCode::UnitCode(const Unit& unit, std::span<const uint64_t> wanted) {
  read(unit, wanted, Reading::kQuick);
  if (std::find(innermost_.begin(), innermost_.end(), -1) != innermost_.end()) {
    read(unit, wanted, Reading::kThorough);
  }
}

void UnitCode::read(const Unit& unit, std::span<const uint64_t> wanted, Reading reading) {
  scopes_.clear();
  innermost_.assign(wanted.size(), -1);
  Bytes at(unit.sections.info.substr(0, unit.end), unit.first_entry);
  std::vector<int32_t> around = {-1};  // the scope around the entries of each level
  std::vector<Range> ranges;
  // Real lists of ranges are each one entry's; files made to share them would take the square of their size.
  const size_t most = unit.sections.info.size() + unit.sections.ranges.size() +
                      unit.sections.rnglists.size() + kDeepest * wanted.size();
  for (size_t work = 0; !at.at_end() && work <= most;) {
    const uint64_t entry = at.at();
    const uint64_t code = at.uleb();
    if (code == 0) {
      around.pop_back();
      if (around.size() <= 1) return;
      continue;
    }
    const Abbrev* abbrev = unit.abbrevs->find(code);
    if (abbrev == nullptr) return;
    int32_t scope = around.back();
    if (abbrev->role > Role::kBlock) {
      const bool is_searched =
          abbrev->role == Role::kNamespace || (abbrev->role == Role::kType && reading == Reading::kThorough);
      if (skip_entry(at, unit, *abbrev, !is_searched)) around.push_back(scope);
      continue;
    }
    Found found = read_entry(at, unit, *abbrev);
    const bool is_block = abbrev->role == Role::kBlock;
    bool is_searched = (reading == Reading::kThorough && abbrev->role != Role::kInlined) ||
                       (is_block && found.extent.empty());
    if (!found.extent.empty()) {
      const auto self = static_cast<int32_t>(scopes_.size());
      bool is_hit = false;
      ranges.clear();
      add_ranges(unit, found.extent, ranges);
      work += ranges.size();
      for (const Range& range : ranges) {
        const auto [first, end] = wanted_in(range, wanted);
        is_hit = is_hit || first != end;
        if (is_block) continue;
        // The last one is innermost, also where two functions are told to have the same code.
        std::fill(innermost_.begin() + first, innermost_.begin() + end, self);
        work += end - first;
      }
      if (is_hit && !is_block) {
        found.scope.entry = entry;
        found.scope.is_inlined = abbrev->role == Role::kInlined;
        found.scope.parent = found.scope.is_inlined ? scope : -1;
        scopes_.push_back(found.scope);
        scope = self;
      }
      is_searched = is_searched || is_hit;
    }
    if (!is_searched && found.sibling > at.at()) {
      at.seek(found.sibling);
    } else if (abbrev->has_children) {
      around.push_back(scope);
    }
  }
}

}  // namespace prof::symbols::dwarf
