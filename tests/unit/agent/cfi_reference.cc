#include "tests/unit/agent/cfi_reference.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace prof::test {
namespace {

using namespace prof::agent;

struct Reference {
  Dwarf_CFI* cfi = nullptr;

  // The frame at `address` in our terms: kNone where libdw knows no row.
  Rule at(uint64_t address) const;
};

bool is_base(const Dwarf_Op& op, uint8_t& base, int32_t& offset) {
  if (op.atom >= DW_OP_breg0 && op.atom <= DW_OP_breg0 + kRip) {
    base = static_cast<uint8_t>(op.atom - DW_OP_breg0);
    offset = static_cast<int32_t>(op.number);
    return true;
  }
  if (op.atom == DW_OP_bregx && op.number <= kRip) {
    base = static_cast<uint8_t>(op.number);
    offset = static_cast<int32_t>(op.number2);
    return true;
  }
  return false;
}

Saved saved_of(Dwarf_Frame* frame, int reg) {
  Saved saved = {};
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  if (dwarf_frame_register(frame, reg, memory, &ops, &count) != 0)
    throw std::runtime_error("libdw: register");
  if (count == 0) {
    saved.kind = ops == nullptr ? Save::kSame : Save::kUndefined;
    return saved;
  }
  size_t i = 0;
  if (ops[0].atom == DW_OP_call_frame_cfa) {
    saved.kind = Save::kAtCfa;
    i = 1;
    // An expression starts with the CFA on the stack, whether it uses it or not.
    if (count == 2 && is_base(ops[1], saved.base, saved.offset)) {
      saved.kind = Save::kAtRegister;
      return saved;
    }
    if (i < count && ops[i].atom == DW_OP_plus_uconst) saved.offset = static_cast<int32_t>(ops[i++].number);
    if (i < count && ops[i].atom == DW_OP_stack_value) saved.kind = Save::kCfaPlus;
    return saved;
  }
  if (is_base(ops[0], saved.base, saved.offset)) {
    saved.kind = Save::kAtRegister;
    if (count == 2 && ops[1].atom == DW_OP_stack_value) saved.kind = Save::kInRegister;
    return saved;
  }
  if (ops[0].atom == DW_OP_regx || (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31)) {
    saved.kind = Save::kInRegister;
    saved.base = static_cast<uint8_t>(ops[0].atom == DW_OP_regx ? ops[0].number : ops[0].atom - DW_OP_reg0);
    return saved;
  }
  throw std::runtime_error("libdw: a rule this reference does not know");
}

Rule Reference::at(uint64_t address) const {
  Rule rule = {};
  Dwarf_Frame* frame = nullptr;
  if (dwarf_cfi_addrframe(cfi, address, &frame) != 0) return rule;
  rule.cfa = Cfa::kStop;
  bool is_signal = false;
  dwarf_frame_info(frame, nullptr, nullptr, &is_signal);
  rule.is_signal_frame = is_signal;
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  if (dwarf_frame_cfa(frame, &ops, &count) == 0 && count > 0 &&
      is_base(ops[0], rule.cfa_register, rule.cfa_offset)) {
    if (count == 1) {
      rule.cfa = Cfa::kRegister;
    } else if (ops[1].atom == DW_OP_deref) {
      rule.cfa = Cfa::kDeref;
      if (count > 2) rule.cfa_addend = static_cast<int32_t>(ops[2].number);
    } else if (count > 4 && ops[1].atom == DW_OP_breg16) {
      rule.cfa = Cfa::kPlt;
      rule.plt_threshold = static_cast<uint8_t>(ops[4].atom - DW_OP_lit0);
    }
  }
  rule.ra = saved_of(frame, kRip);
  rule.bp = saved_of(frame, kRbp);
  rule.bx = saved_of(frame, kRbx);
  // libdw's default for rbx is "undefined"; the ABI's, and the unwinders', is "preserved".
  if (rule.bx.kind == Save::kUndefined) rule.bx = {};
  std::free(frame);
  return rule;
}

std::string text_of(const Saved& saved) {
  return std::to_string(static_cast<int>(saved.kind)) + "/" + std::to_string(saved.base) + "/" +
         std::to_string(saved.offset);
}

std::string text_of(const Rule& rule) {
  return "cfa " + std::to_string(static_cast<int>(rule.cfa)) + " r" + std::to_string(rule.cfa_register) +
         "+" + std::to_string(rule.cfa_offset) + "+" + std::to_string(rule.cfa_addend) + " ra " +
         text_of(rule.ra) + " bp " + text_of(rule.bp) + " bx " + text_of(rule.bx);
}

bool are_equal(const Rule& a, const Rule& b) {
  return a.cfa == b.cfa && (a.cfa == Cfa::kNone || std::memcmp(&a, &b, sizeof a) == 0);
}

}  // namespace

CfiComparison compare_with_libdw(const std::string& path) {
  elf_version(EV_CURRENT);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + path);
  Elf* const elf = elf_begin(fd, ELF_C_READ, nullptr);
  const Reference reference = {dwarf_getcfi_elf(elf)};
  Elf_Scn* section = nullptr;
  EhFrame eh_frame = {};
  uint64_t high = 0;
  size_t names = 0;
  elf_getshdrstrndx(elf, &names);
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    gelf_getshdr(section, &header);
    if ((header.sh_flags & SHF_ALLOC) != 0) high = std::max<uint64_t>(high, header.sh_addr + header.sh_size);
    if (std::strcmp(elf_strptr(elf, names, header.sh_name), ".eh_frame") != 0) continue;
    const Elf_Data* const data = elf_rawdata(section, nullptr);
    eh_frame.begin = static_cast<const uint8_t*>(data->d_buf);
    eh_frame.end = eh_frame.begin + data->d_size;
    eh_frame.address = header.sh_addr;
  }
  eh_frame.module_end = high;
  const UnwindTable* const table = eh_frame.begin == nullptr ? nullptr : compile_unwind_table(eh_frame);
  if (table == nullptr || reference.cfi == nullptr) throw std::runtime_error("no .eh_frame in " + path);

  CfiComparison comparison;
  comparison.rows = table->row_count;
  const auto compare = [&](uint64_t address) {
    const Rule& ours = table->find(static_cast<uint32_t>(address));
    if (ours.cfa == Cfa::kStop) {
      ++comparison.stops;
      return;
    }
    const Rule theirs = reference.at(address);
    if (!are_equal(ours, theirs)) {
      comparison.differences.push_back({address, "ours " + text_of(ours) + ", libdw " + text_of(theirs)});
    }
  };
  for (uint32_t i = 0; i < table->row_count; ++i) {
    compare(table->pcs[i]);
    if (i + 1 < table->row_count && table->pcs[i + 1] - 1 != table->pcs[i]) compare(table->pcs[i + 1] - 1);
  }
  dwarf_cfi_end(reference.cfi);
  elf_end(elf);
  ::close(fd);
  return comparison;
}

}  // namespace prof::test
