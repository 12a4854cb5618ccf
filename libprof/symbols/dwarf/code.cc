#include "libprof/symbols/dwarf/code.h"

#include <dwarf.h>

#include <algorithm>
#include <queue>
#include <utility>

namespace prof::symbols::dwarf {
namespace {

using Kind = Value::Kind;

// Of references from entry to entry; real ones take three.
constexpr int kMaxHops = 16;

enum class Role : uint8_t { kCode, kInlined, kContainer, kOther };

Role role_of(uint16_t tag) {
  switch (tag) {
    case DW_TAG_subprogram:
      return Role::kCode;
    case DW_TAG_inlined_subroutine:
      return Role::kInlined;
    case DW_TAG_compile_unit:
    case DW_TAG_partial_unit:
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_lexical_block:
      return Role::kContainer;
    default:
      return Role::kOther;
  }
}

uint32_t small(const Value& value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value.number, UINT32_MAX));
}

}  // namespace

UnitCode::UnitCode(const Unit& unit) {
  std::vector<Piece> pieces;
  read(unit, pieces);
  flatten(pieces);
}

void UnitCode::read(const Unit& unit, std::vector<Piece>& pieces) {
  Bytes at(unit.sections.info.substr(0, unit.end), unit.first_entry);
  std::vector<int32_t> around = {-1};  // the scope around the entries of each level
  std::vector<Range> ranges;
  // Real lists of ranges are each one entry's; files made to share them would take the square of their size.
  const size_t most = unit.sections.info.size() + unit.sections.ranges.size() + unit.sections.rnglists.size();
  while (at.ok() && !at.at_end() && pieces.size() <= most) {
    const uint64_t entry = at.at();
    const uint64_t code = at.uleb();
    if (code == 0) {
      around.pop_back();
      if (around.size() <= 1) return;
      continue;
    }
    const Abbrev* abbrev = unit.abbrevs->find(code);
    if (abbrev == nullptr) return;
    const Role role = role_of(abbrev->tag);
    int32_t scope = around.back();
    uint64_t sibling = 0;
    if (role == Role::kContainer || (role == Role::kOther && !abbrev->has_children)) {
      skip_values(at, unit, *abbrev);
    } else {
      Extent extent;
      Scope found;
      for (const AttributeSpec& spec : unit.abbrevs->attributes(*abbrev)) {
        const bool is_call =
            spec.name == DW_AT_call_file || spec.name == DW_AT_call_line || spec.name == DW_AT_call_column;
        if (!is_extent(spec.name) && !is_call && spec.name != DW_AT_sibling) {
          skip_value(at, unit, spec.form);
          continue;
        }
        const Value value = read_value(at, unit, spec);
        extent.take(spec.name, value);
        if (spec.name == DW_AT_call_file) found.call_file = small(value);
        if (spec.name == DW_AT_call_line) found.call_line = small(value);
        if (spec.name == DW_AT_call_column) found.call_column = small(value);
        if (spec.name == DW_AT_sibling && value.kind == Kind::kReference) sibling = value.number;
      }
      const bool is_scope = role != Role::kOther && !extent.empty();
      if (is_scope) {
        found.entry = entry;
        found.is_inlined = role == Role::kInlined;
        found.parent = found.is_inlined ? scope : -1;
        scope = static_cast<int32_t>(scopes_.size());
        scopes_.push_back(found);
        ranges.clear();
        add_ranges(unit, extent, ranges);
        for (const Range& range : ranges) pieces.push_back({range, scope});
      }
      // Nothing below has code: declarations, types.
      if (!is_scope && sibling > at.at()) {
        at.seek(sibling);
        continue;
      }
    }
    if (abbrev->has_children) around.push_back(scope);
  }
}

void UnitCode::flatten(std::vector<Piece>& pieces) {
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return a.range.low != b.range.low ? a.range.low < b.range.low : a.scope < b.scope;
  });
  // A sweep over the addresses; on top of the queue is the innermost piece of those that began and, once the
  // ended ones are taken off, that goes on. Entries come after those they are in, so the last one is
  // innermost, also where two functions are told to have the same code.
  const auto is_outer = [&pieces](size_t a, size_t b) { return pieces[a].scope < pieces[b].scope; };
  std::priority_queue<size_t, std::vector<size_t>, decltype(is_outer)> open(is_outer);
  const auto begin_segment = [this](uint64_t start, int32_t scope) {
    if (!segments_.empty() && segments_.back().start == start) segments_.pop_back();
    if (segments_.empty() || segments_.back().scope != scope) segments_.push_back({start, scope});
  };
  // Ends what ends up to `limit`.
  const auto close_until = [&](uint64_t limit) {
    while (!open.empty() && pieces[open.top()].range.high <= limit) {
      const uint64_t end = pieces[open.top()].range.high;
      while (!open.empty() && pieces[open.top()].range.high <= end) open.pop();
      begin_segment(end, open.empty() ? -1 : pieces[open.top()].scope);
    }
  };
  for (size_t i = 0; i < pieces.size(); i++) {
    close_until(pieces[i].range.low);
    open.push(i);
    begin_segment(pieces[i].range.low, pieces[open.top()].scope);
  }
  close_until(UINT64_MAX);
}

const Scope* UnitCode::find(uint64_t address) const {
  const auto segment = std::upper_bound(segments_.begin(), segments_.end(), address,
                                        [](uint64_t a, const Segment& s) { return a < s.start; });
  if (segment == segments_.begin() || std::prev(segment)->scope < 0) return nullptr;
  return &scopes_[static_cast<size_t>(std::prev(segment)->scope)];
}

Names names_of(const Unit& of, uint64_t entry) {
  Names names;
  const Unit* unit = &of;
  for (int hop = 0; hop < kMaxHops && unit != nullptr; hop++) {
    Bytes at(unit->sections.info.substr(0, unit->end), entry);
    const Abbrev* abbrev = unit->abbrevs->find(at.uleb());
    if (abbrev == nullptr) break;
    Value next;
    for (const AttributeSpec& spec : unit->abbrevs->attributes(*abbrev)) {
      switch (spec.name) {
        case DW_AT_linkage_name:
        case DW_AT_MIPS_linkage_name: {
          const Value value = read_value(at, *unit, spec);
          if (names.linker_name.empty()) names.linker_name = value.text;
          break;
        }
        case DW_AT_name: {
          const Value value = read_value(at, *unit, spec);
          if (names.name.empty()) names.name = value.text;
          break;
        }
        case DW_AT_decl_line: {
          const Value value = read_value(at, *unit, spec);
          if (names.line == 0) names.line = value.number;
          break;
        }
        case DW_AT_abstract_origin:
        case DW_AT_specification:
          next = read_value(at, *unit, spec);
          break;
        default:
          skip_value(at, *unit, spec.form);
      }
    }
    entry = next.number;
    if (next.kind == Kind::kAlternateReference) {
      unit = unit->file->alternate != nullptr ? unit->file->alternate->unit_at(entry) : nullptr;
    } else if (next.kind != Kind::kReference) {
      break;
    } else if (entry < unit->offset || entry >= unit->end) {
      unit = unit->file->unit_at(entry);
    }
  }
  return names;
}

}  // namespace prof::symbols::dwarf
