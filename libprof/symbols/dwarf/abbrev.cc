#include "libprof/symbols/dwarf/abbrev.h"

#include <dwarf.h>

#include "libprof/symbols/dwarf/bytes.h"

namespace prof::symbols::dwarf {
namespace {

Role role_of(uint16_t tag) {
  switch (tag) {
    case DW_TAG_subprogram:
      return Role::kFunction;
    case DW_TAG_inlined_subroutine:
      return Role::kInlined;
    case DW_TAG_lexical_block:
      return Role::kBlock;
    case DW_TAG_compile_unit:
    case DW_TAG_partial_unit:
    case DW_TAG_namespace:
    case DW_TAG_module:
      return Role::kNamespace;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
      return Role::kType;
    default:
      return Role::kOther;
  }
}

bool is_wanted(uint16_t attribute, const Abbrev& abbrev) {
  switch (attribute) {
    case DW_AT_sibling:
      return abbrev.has_children;
    case DW_AT_low_pc:
    case DW_AT_high_pc:
    case DW_AT_ranges:
      return abbrev.role <= Role::kBlock;
    case DW_AT_call_file:
    case DW_AT_call_line:
    case DW_AT_call_column:
      return abbrev.role == Role::kInlined;
    default:
      return false;
  }
}

}  // namespace

int form_size(uint16_t form, const Shape& shape) {
  switch (form) {
    case DW_FORM_implicit_const:
    case DW_FORM_flag_present:
      return 0;
    case DW_FORM_flag:
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
      return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
      return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
      return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_ref_sup4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
      return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
      return 8;
    case DW_FORM_data16:
      return 16;
    case DW_FORM_addr:
      return shape.address_size;
    case DW_FORM_ref_addr:
      return shape.version <= 2 ? shape.address_size : shape.offset_size;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_strp_sup:
    case DW_FORM_sec_offset:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
      return shape.offset_size;
    default:
      return -1;
  }
}

AbbrevTable::AbbrevTable(std::string_view section, uint64_t offset, const Shape& shape) {
  Bytes at(section, offset);
  while (at.ok()) {
    Abbrev abbrev;
    abbrev.code = at.uleb();
    if (abbrev.code == 0 || !at.ok()) break;
    abbrev.tag = static_cast<uint16_t>(at.uleb());
    abbrev.has_children = at.u8() != 0;
    abbrev.role = role_of(abbrev.tag);
    abbrev.first = static_cast<uint32_t>(attributes_.size());
    abbrev.first_step = static_cast<uint32_t>(steps_.size());
    while (at.ok()) {
      const uint64_t name = at.uleb(), form = at.uleb();
      if (name == 0 && form == 0) break;
      const int64_t implicit = form == DW_FORM_implicit_const ? at.sleb() : 0;
      add_attribute(abbrev, {static_cast<uint16_t>(name), static_cast<uint16_t>(form), implicit}, shape);
    }
    if (!at.ok()) break;
    abbrev.count = static_cast<uint32_t>(attributes_.size()) - abbrev.first;
    abbrev.steps = static_cast<uint32_t>(steps_.size()) - abbrev.first_step;
    abbrevs_.push_back(abbrev);
    if (abbrev.code != abbrevs_.size()) {
      sparse_.emplace(abbrev.code, static_cast<uint32_t>(abbrevs_.size() - 1));
    }
  }
}

void AbbrevTable::add_attribute(Abbrev& abbrev, const AttributeSpec& spec, const Shape& shape) {
  attributes_.push_back(spec);
  const int size = form_size(spec.form, shape);
  const bool wanted = is_wanted(spec.name, abbrev);
  if (size >= 0 && !wanted) {
    abbrev.rest += static_cast<uint32_t>(size);
  } else {
    steps_.push_back({spec, abbrev.rest, wanted});
    abbrev.rest = 0;
  }
}

std::shared_ptr<const AbbrevTable> AbbrevCache::get(std::string_view section, uint64_t offset,
                                                    const Shape& shape) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& table = tables_[{section.data(), offset, shape.version, shape.address_size, shape.offset_size}];
  if (table != nullptr) return table;
  // Real tables do not overlap; ones that are made to would take the square of the section's size.
  const bool is_too_much = attributes_ > section.size();
  table = std::make_shared<const AbbrevTable>(is_too_much ? std::string_view() : section, offset, shape);
  attributes_ += table->size();
  return table;
}

}  // namespace prof::symbols::dwarf
