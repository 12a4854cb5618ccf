#include "libprof/agent/cfa_expression.h"

#include "libprof/agent/expression_code.h"

namespace prof::agent {

using namespace expression;

bool base_and_offset(DwarfBytes& expression, uint8_t& base, int32_t& offset) {
  const auto op = expression.fixed<uint8_t>();
  if (op < kBreg0 || op > kBreg0 + kRip) return false;
  base = op - kBreg0;
  return narrow(expression.sleb(), offset) && !expression.failed();
}

namespace {

// The body of "rsp+8; rip; 15; and; N; ge; 3; shl; plus", which linkers give to lazy binding stubs.
bool plt_tail(DwarfBytes expression, uint8_t& threshold) {
  if (expression.left() != 9 || expression.fixed<uint8_t>() != kBreg0 + kRip || expression.sleb() != 0) {
    return false;
  }
  const bool masks = expression.fixed<uint8_t>() == kLit0 + 15 && expression.fixed<uint8_t>() == kAnd;
  threshold = expression.fixed<uint8_t>() - kLit0;
  return masks && threshold < 16 && expression.fixed<uint8_t>() == kGe &&
         expression.fixed<uint8_t>() == kLit0 + 3 && expression.fixed<uint8_t>() == kShl &&
         expression.fixed<uint8_t>() == kPlus;
}

// The forms that are common: a saved pointer to the frame (realigned stacks, signal frames), a plain sum, a
// PLT stub.
bool set_simple_cfa(DwarfBytes expression, Rule& rule) {
  uint8_t base = 0;
  int32_t offset = 0;
  if (!base_and_offset(expression, base, offset)) return false;
  rule.cfa_register = base;
  rule.cfa_offset = offset;
  if (expression.done()) {
    rule.cfa = Cfa::kRegister;
    return true;
  }
  if (base == kRsp && plt_tail(expression, rule.plt_threshold)) {
    rule.cfa = Cfa::kPlt;
    return true;
  }
  rule.plt_threshold = 0;
  if (expression.fixed<uint8_t>() != kDeref) return false;
  if (!expression.done()) {
    if (expression.fixed<uint8_t>() != kPlusUconst) return false;
    if (!narrow(static_cast<int64_t>(expression.uleb()), rule.cfa_addend) || !expression.done()) return false;
  }
  rule.cfa = Cfa::kDeref;
  return !expression.failed();
}

}  // namespace

void set_cfa_expression(DwarfBytes expression, Rule& rule, ExpressionPool& expressions) {
  const auto set = [&rule](Cfa kind, int32_t place) {
    rule.cfa = kind;
    rule.cfa_register = 0;
    rule.plt_threshold = 0;
    rule.cfa_offset = place;
    rule.cfa_addend = 0;
  };
  set(Cfa::kStop, 0);
  if (set_simple_cfa(expression, rule)) return;
  const int32_t place = expressions.place_of(expression);
  set(place < 0 ? Cfa::kStop : Cfa::kExpression, place);
}

}  // namespace prof::agent
