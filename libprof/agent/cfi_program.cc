#include "libprof/agent/cfi_program.h"

#include "libprof/agent/cfa_expression.h"

namespace prof::agent {
namespace {

constexpr int kMaxRemembered = 16;

// Call frame instructions by number (DWARF 5, table 7.29, and GNU's own).
enum Op : uint8_t {
  kNop = 0x00,
  kSetLoc = 0x01,
  kAdvance1 = 0x02,
  kAdvance2 = 0x03,
  kAdvance4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefinedOp = 0x07,
  kSameValue = 0x08,
  kRegisterOp = 0x09,
  kRemember = 0x0a,
  kRestoreState = 0x0b,
  kDefCfa = 0x0c,
  kDefCfaRegister = 0x0d,
  kDefCfaOffset = 0x0e,
  kDefCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetExtendedSf = 0x11,
  kDefCfaSf = 0x12,
  kDefCfaOffsetSf = 0x13,
  kValOffset = 0x14,
  kValOffsetSf = 0x15,
  kValExpression = 0x16,
  kGnuArgsSize = 0x2e,
  kGnuNegativeOffset = 0x2f,
};

class Program {
 public:
  Program(DwarfBytes bytes, const Cie& cie, uint64_t pc, Rule& rule, ExpressionPool& expressions,
          RowSink* sink)
      : bytes_(bytes),
        cie_(cie),
        pc_(pc),
        rule_(rule),
        expressions_(expressions),
        sink_(sink),
        cfa_offset_(rule.cfa == Cfa::kRegister ? rule.cfa_offset : 0) {}

  // What went before an instruction that is not understood holds; from its pc on nothing is known.
  bool run() {
    bool is_known = true;
    while (is_known && !bytes_.done()) is_known = step(bytes_.fixed<uint8_t>());
    is_known = is_known && !bytes_.failed();
    if (!is_known) rule_ = entry_rule();
    if (sink_ != nullptr) sink_->row(sink_, pc_, rule_);
    return is_known;
  }

 private:
  bool step(uint8_t op);
  bool advance(uint64_t delta) {
    if (sink_ != nullptr) sink_->row(sink_, pc_, rule_);
    pc_ += delta * cie_.code_alignment;
    return true;
  }

  // Where the rule keeps register `reg`; null for those no rule needs.
  Saved* saved(uint64_t reg, Rule& rule) {
    switch (reg) {
      case kRip:
        return &rule.ra;
      case kRbp:
        return &rule.bp;
      case kRbx:
        return &rule.bx;
      case kRsp:
        return &rule.sp;
      default:
        return nullptr;
    }
  }
  bool save(uint64_t reg, Save kind, int64_t offset, uint64_t base = 0) {
    Saved* const where = saved(reg, rule_);
    if (where == nullptr) return true;
    if (base > kRip) return false;
    // The stack pointer is the CFA where nothing is said of it.
    if (reg == kRsp && kind == Save::kSame) {
      kind = Save::kInRegister;
      base = kRsp;
    }
    where->kind = kind;
    where->base = static_cast<uint8_t>(base);
    return narrow(offset, where->offset);
  }
  bool restore(uint64_t reg) {
    Rule initial = cie_.initial;
    if (Saved* const where = saved(reg, rule_)) *where = *saved(reg, initial);
    return true;
  }
  bool define_cfa(uint64_t reg, int64_t offset) {
    if (reg > kRip) return false;
    rule_.cfa = Cfa::kRegister;
    rule_.cfa_register = static_cast<uint8_t>(reg);
    rule_.cfa_addend = 0;
    rule_.plt_threshold = 0;
    return define_offset(offset);
  }
  // libgcrypt's assembly comes back from an expression by naming a register alone: the offset is the one
  // before.
  bool define_offset(int64_t offset) {
    if (!narrow(offset, cfa_offset_)) return false;
    if (rule_.cfa == Cfa::kRegister) rule_.cfa_offset = cfa_offset_;
    return true;
  }
  bool save_expression(uint64_t reg, DwarfBytes expression, Save kind) {
    if (saved(reg, rule_) == nullptr) return true;
    uint8_t base = 0;
    int32_t offset = 0;
    DwarfBytes front = expression;
    if (kind == Save::kAtExpression && base_and_offset(front, base, offset) && front.done())
      return save(reg, Save::kAtRegister, offset, base);
    const int32_t place = expressions_.place_of(expression);
    return place >= 0 && save(reg, kind, place);
  }
  int64_t factored(uint64_t value) const { return multiply(static_cast<int64_t>(value)); }
  int64_t factored_signed(int64_t value) const { return multiply(value); }
  static int64_t negated(int64_t value) { return static_cast<int64_t>(-static_cast<uint64_t>(value)); }
  int64_t multiply(int64_t value) const {
    int64_t product = 0;
    return __builtin_mul_overflow(value, cie_.data_alignment, &product) ? INT64_MIN : product;
  }

  DwarfBytes bytes_;
  const Cie& cie_;
  uint64_t pc_;
  Rule& rule_;
  ExpressionPool& expressions_;
  RowSink* sink_;
  int32_t cfa_offset_;  // the last one given with a register
  struct {
    Rule rule;
    int32_t cfa_offset;
  } remembered_[kMaxRemembered];
  int depth_ = 0;
};

bool Program::step(uint8_t op) {
  const uint8_t low = op & 0x3f;
  switch (op & 0xc0) {
    case 0x40:
      return advance(low);
    case 0x80:
      return save(low, Save::kAtCfa, factored(bytes_.uleb()));
    case 0xc0:
      return restore(low);
    default:
      break;
  }
  switch (op) {
    case kNop:
      return true;
    case kSetLoc: {
      const uint64_t pc = bytes_.encoded(cie_.pointer_encoding, false) + cie_.bias;
      return pc >= pc_ && cie_.code_alignment != 0 && advance((pc - pc_) / cie_.code_alignment);
    }
    case kAdvance1:
      return advance(bytes_.fixed<uint8_t>());
    case kAdvance2:
      return advance(bytes_.fixed<uint16_t>());
    case kAdvance4:
      return advance(bytes_.fixed<uint32_t>());
    case kOffsetExtended: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kAtCfa, factored(bytes_.uleb()));
    }
    case kRestoreExtended:
      return restore(bytes_.uleb());
    case kUndefinedOp:
      return save(bytes_.uleb(), Save::kUndefined, 0);
    case kSameValue:
      return save(bytes_.uleb(), Save::kSame, 0);
    case kRegisterOp: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kInRegister, 0, bytes_.uleb());
    }
    case kRemember:
      if (depth_ == kMaxRemembered) return false;
      remembered_[depth_++] = {rule_, cfa_offset_};
      return true;
    case kRestoreState:
      if (depth_ == 0) return false;
      rule_ = remembered_[--depth_].rule;
      cfa_offset_ = remembered_[depth_].cfa_offset;
      return true;
    case kDefCfa: {
      const uint64_t reg = bytes_.uleb();
      return define_cfa(reg, static_cast<int64_t>(bytes_.uleb()));
    }
    case kDefCfaSf: {
      const uint64_t reg = bytes_.uleb();
      return define_cfa(reg, factored_signed(bytes_.sleb()));
    }
    case kDefCfaRegister:
      return define_cfa(bytes_.uleb(), cfa_offset_);
    case kDefCfaOffset:
      return define_offset(static_cast<int64_t>(bytes_.uleb()));
    case kDefCfaOffsetSf:
      return define_offset(factored_signed(bytes_.sleb()));
    case kDefCfaExpression:
      set_cfa_expression(bytes_.take(bytes_.uleb()), rule_, expressions_);
      return true;
    case kExpression: {
      const uint64_t reg = bytes_.uleb();
      return save_expression(reg, bytes_.take(bytes_.uleb()), Save::kAtExpression);
    }
    case kOffsetExtendedSf: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kAtCfa, factored_signed(bytes_.sleb()));
    }
    case kValOffset: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kCfaPlus, factored(bytes_.uleb()));
    }
    case kValOffsetSf: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kCfaPlus, factored_signed(bytes_.sleb()));
    }
    case kValExpression: {
      const uint64_t reg = bytes_.uleb();
      return save_expression(reg, bytes_.take(bytes_.uleb()), Save::kIsExpression);
    }
    case kGnuArgsSize:
      bytes_.uleb();
      return true;
    case kGnuNegativeOffset: {
      const uint64_t reg = bytes_.uleb();
      return save(reg, Save::kAtCfa, negated(factored(bytes_.uleb())));
    }
    default:
      return false;
  }
}

}  // namespace

bool run_cfi(DwarfBytes program, const Cie& cie, uint64_t pc, Rule& rule, ExpressionPool& expressions,
             RowSink* sink) {
  return Program(program, cie, pc, rule, expressions, sink).run();
}

}  // namespace prof::agent
