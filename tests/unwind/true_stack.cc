#include "tests/unwind/true_stack.h"

#include <sys/syscall.h>

namespace prof::test {
namespace {

constexpr int kMaxInstruction = 15;

// Whether the instruction in these bytes is a near call: E8, or FF with /2, after prefixes.
bool is_call(uint64_t code) {
  for (int i = 0; i < 6; ++i, code >>= 8) {
    const auto byte = static_cast<uint8_t>(code);
    const bool is_prefix = byte == 0x66 || byte == 0x67 || byte == 0xf2 || byte == 0xf3 || byte == 0x2e ||
                           byte == 0x3e || byte == 0x64 || byte == 0x65 || (byte & 0xf0) == 0x40;
    if (is_prefix) continue;
    return byte == 0xe8 || (byte == 0xff && (code >> 8 & 0x38) == 0x10);
  }
  return false;
}

}  // namespace

void TrueStack::before(const Traced& program) {
  const auto& registers = program.registers();
  pc_ = registers.rip;
  sp_ = registers.rsp;
  uint64_t code = 0;
  program.load(pc_, code);
  is_call_ = is_call(code);
  is_signal_return_ = (code & 0xffff) == 0x050f && registers.rax == SYS_rt_sigreturn;
}

void TrueStack::after(const Traced& program) {
  const uint64_t sp = program.registers().rsp;
  uint64_t top = 0;
  program.load(sp, top);
  if (program.entered_handler()) {
    calls_.push_back({sp, top, true, pc_, sp_});
    return;
  }
  if (is_signal_return_) {
    while (!calls_.empty() && !calls_.back().is_signal) calls_.pop_back();
    if (!calls_.empty()) calls_.pop_back();
    return;
  }
  if (is_call_ && sp == sp_ - 8 && top > pc_ && top - pc_ <= kMaxInstruction) {
    pop_returned(sp);
    calls_.push_back({sp, top, false, 0, 0});
    return;
  }
  pop_returned(sp);
}

// A handler's frame goes only by sigreturn: stacks on both sides of it may be different ones.
void TrueStack::pop_returned(uint64_t sp) {
  while (!calls_.empty() && !calls_.back().is_signal && calls_.back().slot < sp) calls_.pop_back();
}

void TrueStack::frames(const Traced& program, std::vector<uint64_t>& out) const {
  const auto& registers = program.registers();
  out.assign(1, registers.rip);
  for (size_t i = calls_.size(); i-- > 0;) {
    const Call& call = calls_[i];
    // A handler that has returned runs the restorer: its own return address is gone.
    const bool is_restorer = call.is_signal && i + 1 == calls_.size() && registers.rsp == call.slot + 8;
    if (!is_restorer) out.push_back(call.return_address);
    if (call.is_signal) out.push_back(call.pc);
  }
}

}  // namespace prof::test
