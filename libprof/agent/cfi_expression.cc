#include "libprof/agent/cfi_expression.h"

#include <cstring>

#include "libprof/agent/expression_code.h"

namespace prof::agent {
namespace {

using namespace expression;

constexpr int kMaxValues = 16;
constexpr int kMaxSteps = 128;

// The values; what is taken from an empty one or put on a full one is 0 and sets `failed`.
class Stack {
 public:
  void push(uint64_t value) {
    if (count_ == kMaxValues) {
      failed_ = true;
    } else {
      values_[count_++] = value;
    }
  }
  uint64_t pop() {
    const uint64_t top = pick(0);
    if (count_ > 0) --count_;
    return top;
  }
  uint64_t pick(uint64_t depth) {
    if (depth < static_cast<uint64_t>(count_)) return values_[count_ - 1 - static_cast<int>(depth)];
    failed_ = true;
    return 0;
  }
  bool failed() const { return failed_; }

 private:
  uint64_t values_[kMaxValues];
  int count_ = 0;
  bool failed_ = false;
};

// a op b, as DWARF has it: comparisons and division are signed, the remainder is not.
bool combine(uint8_t op, uint64_t a, uint64_t b, uint64_t& out) {
  const auto sa = static_cast<int64_t>(a);
  const auto sb = static_cast<int64_t>(b);
  switch (op) {
    case kAnd:
      out = a & b;
      return true;
    case kDiv:
      if (b == 0) return false;
      out = sb == -1 ? 0 - a : static_cast<uint64_t>(sa / sb);
      return true;
    case kMinus:
      out = a - b;
      return true;
    case kMod:
      if (b == 0) return false;
      out = a % b;
      return true;
    case kMul:
      out = a * b;
      return true;
    case kOr:
      out = a | b;
      return true;
    case kPlus:
      out = a + b;
      return true;
    case kShl:
      out = b < 64 ? a << b : 0;
      return true;
    case kShr:
      out = b < 64 ? a >> b : 0;
      return true;
    case kShra:
      out = static_cast<uint64_t>(sa >> (b < 64 ? b : 63));
      return true;
    case kXor:
      out = a ^ b;
      return true;
    case kEq:
      out = a == b;
      return true;
    case kGe:
      out = sa >= sb;
      return true;
    case kGt:
      out = sa > sb;
      return true;
    case kLe:
      out = sa <= sb;
      return true;
    case kLt:
      out = sa < sb;
      return true;
    case kNe:
      out = a != b;
      return true;
    default:
      return false;
  }
}

// All but jumps. False where it cannot be done; what the stack refuses, it remembers itself.
bool apply(const Instruction& in, Stack& stack, const ExpressionFrame& frame) {
  uint64_t value = 0;
  if (in.op == kBregx || (in.op >= kBreg0 && in.op <= kBreg16)) {
    if (!frame.reg(frame.self, in.reg_number, value)) return false;
    stack.push(value + in.operand);
    return true;
  }
  if ((in.op >= kConst1u && in.op <= kConsts) || (in.op >= kLit0 && in.op <= kLit31)) {
    stack.push(in.operand);
    return true;
  }
  switch (in.op) {
    case kNop:
      return true;
    case kDeref:
    case kDerefSize: {
      const uint64_t size = in.op == kDeref ? 8 : in.operand;
      if (size == 0 || size > 8 || !frame.load(frame.self, stack.pop(), value)) return false;
      stack.push(size == 8 ? value : value & ((uint64_t{1} << size * 8) - 1));
      return true;
    }
    case kDup:
      stack.push(stack.pick(0));
      return true;
    case kDrop:
      stack.pop();
      return true;
    case kOver:
      stack.push(stack.pick(1));
      return true;
    case kPick:
      stack.push(stack.pick(in.operand));
      return true;
    case kAbs:
      value = stack.pop();
      stack.push(static_cast<int64_t>(value) < 0 ? 0 - value : value);
      return true;
    case kNeg:
      stack.push(0 - stack.pop());
      return true;
    case kNot:
      stack.push(~stack.pop());
      return true;
    case kPlusUconst:
      stack.push(stack.pop() + in.operand);
      return true;
    default:
      break;
  }
  const uint64_t top = stack.pop();
  const uint64_t second = stack.pop();
  if (in.op == kSwap) {
    stack.push(top);
    stack.push(second);
    return true;
  }
  if (in.op == kRot) {
    const uint64_t third = stack.pop();
    stack.push(top);
    stack.push(third);
    stack.push(second);
    return true;
  }
  if (!combine(in.op, second, top, value)) return false;
  stack.push(value);
  return true;
}

}  // namespace

int32_t ExpressionPool::place_of(DwarfBytes expression) {
  const uint8_t* const bytes = expression.at();
  const uint64_t size = expression.left();
  if (size == 0 || size > UINT8_MAX) return -1;
  Instruction in;
  while (!expression.done()) {
    if (!decode(expression, in)) return -1;
  }
  for (uint32_t place = 0; place < used_; place += bytes_[place] + 1) {
    if (bytes_[place] == size && std::memcmp(bytes_ + place + 1, bytes, size) == 0)
      return static_cast<int32_t>(place);
  }
  if (count_ == kMaxExpressions || size + 1 > capacity_ - used_) return -1;
  const uint32_t place = used_;
  bytes_[place] = static_cast<uint8_t>(size);
  std::memcpy(bytes_ + place + 1, bytes, size);
  used_ += static_cast<uint32_t>(size) + 1;
  ++count_;
  return static_cast<int32_t>(place);
}

bool evaluate(DwarfBytes expression, const uint64_t* cfa, const ExpressionFrame& frame, uint64_t& value) {
  const uint8_t* const begin = expression.at();
  const auto size = static_cast<int64_t>(expression.left());
  Stack stack;
  if (cfa != nullptr) stack.push(*cfa);
  for (int steps = 0; !expression.done(); ++steps) {
    Instruction in;
    if (steps == kMaxSteps || !decode(expression, in)) return false;
    if (in.op == kBra || in.op == kSkip) {
      if (in.op == kBra && stack.pop() == 0) continue;
      const int64_t target = (expression.at() - begin) + static_cast<int64_t>(in.operand);
      if (target < 0 || target > size) return false;
      expression = DwarfBytes(begin + target, begin + size, 0);
    } else if (!apply(in, stack, frame)) {
      return false;
    }
  }
  value = stack.pop();
  return !expression.failed() && !stack.failed();
}

}  // namespace prof::agent
