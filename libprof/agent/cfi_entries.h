// The entries of a frame section: CIEs, which say what holds for many functions, and FDEs, one a function.
// Freestanding and total.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/agent/cfi_program.h"
#include "libprof/agent/dwarf_bytes.h"

namespace prof::agent {

// One function's description.
struct Fde {
  uint32_t start;  // relative to the module
  uint32_t end;
  const uint8_t* cie;
  const uint8_t* program;  // from the augmentation data on
  const uint8_t* program_end;
  bool is_debug_frame;
};

enum class SectionKind { kEhFrame, kDebugFrame };

class FrameReader {
 public:
  FrameReader(const CallFrames& frames, SectionKind kind, ExpressionPool& expressions)
      : frames_(frames),
        section_(kind == SectionKind::kEhFrame ? frames.eh_frame : frames.debug_frame),
        kind_(kind),
        expressions_(expressions) {}

  // Calls visit(const uint8_t* cie, DwarfBytes body) for every FDE.
  template <typename Visit>
  void for_each_fde(Visit visit) const;

  // False where it describes no code of the module.
  bool parse_fde(const uint8_t* cie, DwarfBytes body, Fde& fde);

  // Its rows go to `sink`.
  void run(const Fde& fde, RowSink* sink);

 private:
  // An entry: length id body. A length of 0xffffffff says that the length follows in 64 bits; in .debug_frame
  // the id has 64 bits then, too.
  struct Entry {
    DwarfBytes body;
    const uint8_t* id_at;
    uint64_t id;
    bool is_cie;
  };
  bool next_entry(DwarfBytes& bytes, Entry& entry) const;
  uint64_t address_of(const uint8_t* at) const {
    return section_.address + static_cast<uint64_t>(at - section_.begin);
  }
  const Cie& cie_at(const uint8_t* at);
  void parse_cie(const uint8_t* at, Cie& cie);

  const CallFrames& frames_;
  const FrameSection& section_;
  SectionKind kind_;
  ExpressionPool& expressions_;
  Cie cie_;  // the last one: FDEs of one follow each other
};

template <typename Visit>
void FrameReader::for_each_fde(Visit visit) const {
  DwarfBytes bytes(section_.begin, section_.end, section_.address);
  Entry entry = {bytes, nullptr, 0, false};
  while (next_entry(bytes, entry)) {
    if (entry.is_cie) continue;
    // .eh_frame has the distance back from the id, .debug_frame the place in the section.
    const auto place = static_cast<uint64_t>(entry.id_at - section_.begin);
    if (kind_ == SectionKind::kEhFrame && entry.id <= place) {
      visit(entry.id_at - entry.id, entry.body);
    } else if (kind_ == SectionKind::kDebugFrame && entry.id < place) {
      visit(section_.begin + entry.id, entry.body);
    }
  }
}

}  // namespace prof::agent
