#include "tests/unit/agent/cfi_reference.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "libprof/agent/cfi_expression.h"

namespace prof::test {
namespace {

using namespace prof::agent;

// A rule with its expressions as bytes, in the order cfa, ra, bp, bx, sp.
struct Row {
  Rule rule = {};
  std::string expressions[5];
};

struct Reference {
  Dwarf_CFI* cfi = nullptr;

  // The frame at `address` in our terms: kNone where libdw knows no row.
  Row at(uint64_t address) const;
};

void add_leb(std::string& bytes, uint64_t value, bool is_signed) {
  const uint64_t fill = is_signed && static_cast<int64_t>(value) < 0 ? ~(~uint64_t{0} >> 7) : 0;
  for (;;) {
    const auto low = static_cast<uint8_t>(value & 0x7f);
    value = value >> 7 | fill;
    const bool is_last = is_signed ? value == ((low & 0x40) != 0 ? ~uint64_t{0} : 0) : value == 0;
    bytes.push_back(static_cast<char>(is_last ? low : low | 0x80));
    if (is_last) return;
  }
}

// What libdw decoded, encoded again.
std::string bytes_of(const Dwarf_Op* ops, size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    const Dwarf_Op& op = ops[i];
    bytes.push_back(static_cast<char>(op.atom));
    const auto add_fixed = [&](size_t size) {
      bytes.append(reinterpret_cast<const char*>(&op.number), size);
    };
    if (op.atom >= DW_OP_breg0 && op.atom <= DW_OP_breg31) {
      add_leb(bytes, op.number, true);
    } else if (op.atom >= DW_OP_const1u && op.atom <= DW_OP_const8s) {
      add_fixed(size_t{1} << (op.atom - DW_OP_const1u) / 2);
    } else if (op.atom == DW_OP_constu || op.atom == DW_OP_plus_uconst) {
      add_leb(bytes, op.number, false);
    } else if (op.atom == DW_OP_consts) {
      add_leb(bytes, op.number, true);
    } else if (op.atom == DW_OP_bregx) {
      add_leb(bytes, op.number, false);
      add_leb(bytes, op.number2, true);
    } else if (op.atom == DW_OP_pick || op.atom == DW_OP_deref_size) {
      add_fixed(1);
    } else if (op.atom == DW_OP_bra || op.atom == DW_OP_skip) {
      add_fixed(2);
    }
  }
  return bytes;
}

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

Saved saved_of(Dwarf_Frame* frame, int reg, std::string& expression) {
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
    const bool is_value = ops[count - 1].atom == DW_OP_stack_value;
    if (i < count && ops[i].atom == DW_OP_plus_uconst) saved.offset = static_cast<int32_t>(ops[i++].number);
    if (i + (is_value ? 1 : 0) == count) {
      if (is_value) saved.kind = Save::kCfaPlus;
      return saved;
    }
    saved = {};
    saved.kind = is_value ? Save::kIsExpression : Save::kAtExpression;
    expression = bytes_of(ops + 1, count - 1 - (is_value ? 1 : 0));
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

void set_cfa(const Dwarf_Op* ops, size_t count, Row& row) {
  Rule& rule = row.rule;
  if (is_base(ops[0], rule.cfa_register, rule.cfa_offset)) {
    const bool adds = count == 3 && ops[2].atom == DW_OP_plus_uconst;
    if (count == 1) {
      rule.cfa = Cfa::kRegister;
      return;
    }
    if (ops[1].atom == DW_OP_deref && (count == 2 || adds)) {
      rule.cfa = Cfa::kDeref;
      if (adds) rule.cfa_addend = static_cast<int32_t>(ops[2].number);
      return;
    }
    if (count == 9 && ops[1].atom == DW_OP_breg16 && ops[8].atom == DW_OP_plus) {
      rule.cfa = Cfa::kPlt;
      rule.plt_threshold = static_cast<uint8_t>(ops[4].atom - DW_OP_lit0);
      return;
    }
  }
  rule.cfa = Cfa::kExpression;
  rule.cfa_register = 0;
  rule.cfa_offset = 0;
  row.expressions[0] = bytes_of(ops, count);
}

Row Reference::at(uint64_t address) const {
  Row row;
  Rule& rule = row.rule;
  Dwarf_Frame* frame = nullptr;
  if (dwarf_cfi_addrframe(cfi, address, &frame) != 0) return row;
  rule.cfa = Cfa::kStop;
  bool is_signal = false;
  dwarf_frame_info(frame, nullptr, nullptr, &is_signal);
  rule.is_signal_frame = is_signal;
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  if (dwarf_frame_cfa(frame, &ops, &count) == 0 && count > 0) set_cfa(ops, count, row);
  rule.ra = saved_of(frame, kRip, row.expressions[1]);
  rule.bp = saved_of(frame, kRbp, row.expressions[2]);
  rule.bx = saved_of(frame, kRbx, row.expressions[3]);
  rule.sp = saved_of(frame, kRsp, row.expressions[4]);
  // libdw's default for rbx is "undefined"; the ABI's, and the unwinders', is "preserved".
  if (rule.bx.kind == Save::kUndefined) rule.bx = {};
  if (rule.sp.kind == Save::kCfaPlus && rule.sp.offset == 0) rule.sp = {};
  std::free(frame);
  return row;
}

Row row_of(const UnwindTable& table, uint32_t offset) {
  Row row = {table.find(offset), {}};
  const auto take = [&](int32_t& place, std::string& bytes) {
    const DwarfBytes expression = ExpressionPool::at(table.expressions, place);
    bytes.assign(reinterpret_cast<const char*>(expression.at()), expression.left());
    place = 0;
  };
  if (row.rule.cfa == Cfa::kExpression) take(row.rule.cfa_offset, row.expressions[0]);
  Saved* const all[] = {&row.rule.ra, &row.rule.bp, &row.rule.bx, &row.rule.sp};
  for (size_t i = 0; i < std::size(all); ++i) {
    if (all[i]->kind == Save::kAtExpression || all[i]->kind == Save::kIsExpression)
      take(all[i]->offset, row.expressions[i + 1]);
  }
  return row;
}

std::string text_of(const Saved& saved) {
  return std::to_string(static_cast<int>(saved.kind)) + "/" + std::to_string(saved.base) + "/" +
         std::to_string(saved.offset);
}

std::string text_of(const Row& row) {
  const Rule& rule = row.rule;
  std::string text = "cfa " + std::to_string(static_cast<int>(rule.cfa)) + " r" +
                     std::to_string(rule.cfa_register) + "+" + std::to_string(rule.cfa_offset) + "+" +
                     std::to_string(rule.cfa_addend) + " ra " + text_of(rule.ra) + " bp " + text_of(rule.bp) +
                     " bx " + text_of(rule.bx) + " sp " + text_of(rule.sp);
  for (const std::string& expression : row.expressions) {
    text += ' ';
    for (const char byte : expression) text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  }
  return text;
}

bool are_equal(const Row& a, const Row& b) {
  return a.rule.cfa == b.rule.cfa &&
         (a.rule.cfa == Cfa::kNone ||
          (std::memcmp(&a.rule, &b.rule, sizeof a.rule) == 0 &&
           std::equal(std::begin(a.expressions), std::end(a.expressions), std::begin(b.expressions))));
}

bool is_expression(const Rule& rule) {
  const Saved all[] = {rule.ra, rule.bp, rule.bx, rule.sp};
  return rule.cfa == Cfa::kExpression || std::any_of(std::begin(all), std::end(all), [](const Saved& s) {
           return s.kind == Save::kAtExpression || s.kind == Save::kIsExpression;
         });
}

}  // namespace

CfiComparison compare_with_libdw(const std::string& path) {
  elf_version(EV_CURRENT);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + path);
  Elf* const elf = elf_begin(fd, ELF_C_READ, nullptr);
  const Reference reference = {dwarf_getcfi_elf(elf)};
  Elf_Scn* section = nullptr;
  CallFrames frames;
  uint64_t high = 0;
  size_t names = 0;
  elf_getshdrstrndx(elf, &names);
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    gelf_getshdr(section, &header);
    if ((header.sh_flags & SHF_ALLOC) != 0) high = std::max<uint64_t>(high, header.sh_addr + header.sh_size);
    if (std::strcmp(elf_strptr(elf, names, header.sh_name), ".eh_frame") != 0) continue;
    const Elf_Data* const data = elf_rawdata(section, nullptr);
    frames.eh_frame.begin = static_cast<const uint8_t*>(data->d_buf);
    frames.eh_frame.end = frames.eh_frame.begin + data->d_size;
    frames.eh_frame.address = header.sh_addr;
  }
  frames.module_end = high;
  const UnwindTable* const table = compile_unwind_table(frames);
  if (table == nullptr || reference.cfi == nullptr) {
    elf_end(elf);
    ::close(fd);
    throw std::runtime_error("no .eh_frame in " + path);
  }

  CfiComparison comparison;
  comparison.rows = table->row_count;
  const auto compare = [&](uint64_t address) {
    const Row ours = row_of(*table, static_cast<uint32_t>(address));
    const Row theirs = reference.at(address);
    if (ours.rule.cfa != Cfa::kStop && theirs.rule.cfa == Cfa::kStop) {
      ++comparison.beyond;
      return;
    }
    if (ours.rule.cfa == Cfa::kStop && theirs.rule.cfa != Cfa::kStop) {
      comparison.stops.push_back(address);
      return;
    }
    if (!are_equal(ours, theirs)) {
      comparison.differences.push_back({address, "ours " + text_of(ours) + ", libdw " + text_of(theirs)});
    }
  };
  for (uint32_t i = 0; i < table->row_count; ++i) {
    const Rule& rule = table->rules[table->rule_of[i]];
    if (is_expression(rule)) ++comparison.expressions;
    if (rule.cfa != Cfa::kNone && BriefRule::of(rule) == 0) ++comparison.rare;
    compare(table->pcs[i]);
    if (i + 1 < table->row_count && table->pcs[i + 1] - 1 != table->pcs[i]) compare(table->pcs[i + 1] - 1);
  }
  dwarf_cfi_end(reference.cfi);
  elf_end(elf);
  ::close(fd);
  return comparison;
}

}  // namespace prof::test
