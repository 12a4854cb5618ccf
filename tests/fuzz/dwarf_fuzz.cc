// Any bytes as the sections of DWARF: units, abbreviations, entries, ranges, lines. The input is cut into
// sections by its first bytes, so that inputs reach deeper than those that must first be an object file.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "libprof/symbols/demangle.h"
#include "libprof/symbols/dwarf/aranges.h"
#include "libprof/symbols/dwarf/code.h"
#include "libprof/symbols/dwarf/lines.h"
#include "libprof/symbols/dwarf/names.h"
#include "libprof/symbols/dwarf/unit.h"
#include "libprof/symbols/kernel_symbols.h"
#include "libprof/symbols/rust.h"

using namespace prof::symbols;  // NOLINT: this exercises what is in there

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)demangle_rust(text);
  (void)build_id_of_notes(text);
  (void)KernelSymbols(text).find(0xffffffff81000000);
  if (size < 4) return 0;

  const size_t info = data[0] * (size - 4) / 255, abbrev = data[1] * (size - 4) / 255;
  std::string_view rest = text.substr(4);
  dwarf::Sections sections;
  sections.info = rest.substr(0, info);
  sections.abbrev = rest.substr(info).substr(0, abbrev);
  sections.line = rest.substr(std::min(rest.size(), info + abbrev));
  sections.str = sections.line_str = sections.str_offsets = sections.addr = rest;
  sections.ranges = sections.rnglists = rest;

  (void)dwarf::read_aranges(sections.line);

  dwarf::AbbrevCache cache;
  dwarf::File file;
  dwarf::read_units(file, sections, cache);
  std::vector<uint64_t> wanted;
  for (uint64_t address = 0; address < 0x2000; address += 0x31) wanted.push_back(address);
  for (const dwarf::Unit& unit : file.units) {
    const dwarf::UnitCode code(unit, wanted);
    const dwarf::LineTable lines(unit, wanted);
    dwarf::NameReader names;
    for (size_t i = 0; i < wanted.size(); i++) {
      const auto* row = lines.find(i);
      if (row != nullptr && row->address > wanted[i]) std::abort();
      if (row != nullptr) (void)lines.path(row->file);
      for (const auto* scope = code.find(i); scope != nullptr; scope = code.parent(*scope)) {
        (void)names.read(unit, scope->entry);
      }
    }
  }
  return 0;
}
