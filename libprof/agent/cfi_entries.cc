#include "libprof/agent/cfi_entries.h"

namespace prof::agent {

bool FrameReader::next_entry(DwarfBytes& bytes, Entry& entry) const {
  if (bytes.left() < 8) return false;
  uint64_t length = bytes.fixed<uint32_t>();
  const bool is_wide = length == 0xffffffff;
  if (is_wide) length = bytes.fixed<uint64_t>();
  if (bytes.failed() || length < 4 || length > bytes.left()) return false;
  entry.body = bytes.take(length);
  entry.id_at = entry.body.at();
  if (kind_ == SectionKind::kEhFrame) {
    entry.id = entry.body.fixed<uint32_t>();
    entry.is_cie = entry.id == 0;
  } else {
    entry.id = is_wide ? entry.body.fixed<uint64_t>() : entry.body.fixed<uint32_t>();
    entry.is_cie = entry.id == (is_wide ? UINT64_MAX : UINT32_MAX);
  }
  return true;
}

const Cie& FrameReader::cie_at(const uint8_t* at) {
  if (cie_.at != at) {
    cie_ = Cie();
    parse_cie(at, cie_);
    cie_.at = at;
  }
  return cie_;
}

void FrameReader::parse_cie(const uint8_t* at, Cie& cie) {
  DwarfBytes bytes(at, section_.end, address_of(at));
  Entry entry = {bytes, nullptr, 0, false};
  if (!next_entry(bytes, entry) || !entry.is_cie) return;
  DwarfBytes& body = entry.body;
  const auto version = body.fixed<uint8_t>();
  if (version != 1 && version != 3 && !(version == 4 && kind_ == SectionKind::kDebugFrame)) return;
  const uint8_t* const augmentation = body.at();
  while (!body.done() && body.fixed<uint8_t>() != 0) {
  }
  if (body.failed()) return;
  if (version == 4) {
    const auto address_size = body.fixed<uint8_t>();
    const auto segment_size = body.fixed<uint8_t>();
    if (address_size != 8 || segment_size != 0) return;
  }
  cie.code_alignment = body.uleb();
  cie.data_alignment = body.sleb();
  const uint64_t return_register = version == 1 ? body.fixed<uint8_t>() : body.uleb();
  if (return_register != kRip) return;
  if (kind_ == SectionKind::kDebugFrame) cie.bias = frames_.bias;
  cie.initial = entry_rule();
  if (augmentation[0] == 'z') {
    cie.has_augmentation_data = true;
    DwarfBytes data = body.take(body.uleb());
    for (const uint8_t* letter = augmentation + 1; *letter != 0; ++letter) {
      if (*letter == 'R') {
        cie.pointer_encoding = data.fixed<uint8_t>();
      } else if (*letter == 'L') {
        data.fixed<uint8_t>();
      } else if (*letter == 'P') {
        const auto encoding = data.fixed<uint8_t>();
        data.encoded(encoding & 0x0f, true);
      } else if (*letter == 'S') {
        cie.initial.is_signal_frame = 1;
      }
    }
    if (data.failed()) return;
  } else if (augmentation[0] != 0) {
    return;
  }
  Rule rule = cie.initial;
  cie.valid = !body.failed() && run_cfi(body, cie, 0, rule, expressions_, nullptr);
  cie.initial = rule;
}

bool FrameReader::parse_fde(const uint8_t* cie_start, DwarfBytes body, Fde& fde) {
  const Cie& cie = cie_at(cie_start);
  if (!cie.valid) return false;
  const uint64_t start = body.encoded(cie.pointer_encoding, false) + cie.bias;
  const uint64_t size = body.encoded(cie.pointer_encoding, true);
  if (body.failed() || start < frames_.module_start || start >= frames_.module_end ||
      size > frames_.module_end - start || size == 0) {
    return false;
  }
  fde.start = static_cast<uint32_t>(start - frames_.module_start);
  fde.end = static_cast<uint32_t>(start + size - frames_.module_start);
  fde.cie = cie_start;
  fde.program = body.at();
  fde.program_end = body.at() + body.left();
  fde.is_debug_frame = kind_ == SectionKind::kDebugFrame;
  return true;
}

void FrameReader::run(const Fde& fde, RowSink* sink) {
  const Cie& cie = cie_at(fde.cie);
  DwarfBytes program(fde.program, fde.program_end, address_of(fde.program));
  if (cie.has_augmentation_data) program.take(program.uleb());
  Rule rule = cie.initial;
  run_cfi(program, cie, frames_.module_start + fde.start, rule, expressions_, sink);
}

}  // namespace prof::agent
