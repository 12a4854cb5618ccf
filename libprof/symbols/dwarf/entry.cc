#include "libprof/symbols/dwarf/entry.h"

namespace prof::symbols::dwarf {

Declaration read_declaration(const Unit& unit, uint64_t entry) {
  Declaration declaration;
  Bytes at(unit.sections.info.substr(0, unit.end), entry);
  const Abbrev* abbrev = unit.abbrevs->find(at.uleb());
  if (abbrev == nullptr) return declaration;
  declaration.tag = abbrev->tag;
  for (const AttributeSpec& spec : unit.abbrevs->attributes(*abbrev)) {
    switch (spec.name) {
      case DW_AT_linkage_name:
      case DW_AT_MIPS_linkage_name:
        declaration.linker_name = read_value(at, unit, spec).text;
        break;
      case DW_AT_name:
        declaration.name = read_value(at, unit, spec).text;
        break;
      case DW_AT_decl_line:
        declaration.line = read_value(at, unit, spec).number;
        break;
      case DW_AT_decl_column:
        declaration.column = read_value(at, unit, spec).number;
        break;
      case DW_AT_external:
        declaration.is_external = read_value(at, unit, spec).number != 0;
        break;
      case DW_AT_abstract_origin:
      case DW_AT_specification:
        declaration.origin = read_value(at, unit, spec);
        break;
      default:
        skip_value(at, unit, spec.form);
    }
  }
  return declaration;
}

bool skip_entry(Bytes& at, const Unit& unit, const Abbrev& abbrev, bool whole) {
  for (const Step& step : unit.abbrevs->steps(abbrev)) {
    at.skip(step.skip);
    if (whole && step.is_wanted && step.spec.name == DW_AT_sibling) {
      const Value sibling = read_value(at, unit, step.spec);
      if (sibling.kind != Value::Kind::kReference || sibling.number <= at.at()) continue;
      at.seek(sibling.number);
      return false;
    }
    skip_value(at, unit, step.spec.form);
  }
  at.skip(abbrev.rest);
  return abbrev.has_children;
}

}  // namespace prof::symbols::dwarf
