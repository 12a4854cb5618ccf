// Code that nothing describes, from outside: where its caller is, and where a stack ends.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "libprof/machine/forward_run.h"
#include "libprof/unwind/offline_unwind.h"

namespace prof::unwind {
namespace {

constexpr uint64_t kFarthestFrame = uint64_t{1} << 20;  // of a caller's from its callee's
constexpr uint64_t kLargestStack = uint64_t{8} << 20;
constexpr uint64_t kLowestCode = 4096;

}  // namespace

// Code that nothing describes: assembly, objects without tables, code generated at run time. libunwind would
// take whatever lies on the stack for return addresses there.
OfflineUnwinder::Step OfflineUnwinder::step_undescribed(unw_cursor_t& cursor, bool is_exact) {
  const CapturedMemory::Image* const image = memory_.find(pc_);
  // A return address at a function's first byte was put there by no call: a coroutine starts so.
  if (image != nullptr && !is_exact && memory_.is_described(pc_)) return Step::kOutermost;
  if (image != nullptr && is_exact && is_new_thread()) return Step::kOutermost;
  if (image != nullptr && captured_->has_all_registers && follow(cursor)) return Step::kCaller;
  unw_word_t bp = 0;
  if (unw_get_reg(&cursor, UNW_X86_64_RBP, &bp) != 0) return Step::kLost;
  // A process starts so (ABI, 3.4.1), in the loader's own entry.
  if (bp == 0) return image != nullptr ? Step::kOutermost : Step::kLost;
  return go_by_frame_pointer(cursor, bp) ? Step::kCaller : Step::kLost;
}

// Behind the call of clone or clone3 in a child, on a stack that nobody has called on.
bool OfflineUnwinder::is_new_thread() const {
  constexpr unsigned char kClone[] = {0xb8, 56, 0, 0, 0, 0x0f, 0x05};  // mov $SYS_clone,%eax; syscall
  constexpr unsigned char kClone3[] = {0xb8, 435 & 0xff, 435 >> 8, 0, 0, 0x0f, 0x05};
  uint64_t words[2] = {};
  if (!captured_->has_all_registers || captured_->registers[UNW_X86_64_RAX] != 0) return false;
  if (!memory_.load(pc_ - 16, words[0]) || !memory_.load(pc_ - 8, words[1])) return false;
  const std::string_view code(reinterpret_cast<const char*>(words), sizeof words);
  const auto has = [&](const auto& call) {
    return code.find(std::string_view(reinterpret_cast<const char*>(call), sizeof call)) !=
           std::string_view::npos;
  };
  return has(kClone) || has(kClone3);
}

// What is no code is no caller, where the stack was changed.
void OfflineUnwinder::end_where_lost(unw_cursor_t& cursor, bool is_exact, UnwoundStack& stack) const {
  const bool is_in_file = memory_.find(pc_ - (is_exact ? 0 : 1)) != nullptr;
  if (!is_in_file && stack.frames.size() > 1 && !is_exact) {
    if (const auto saved = saved_next_to_stack_end(cursor); saved.has_value()) {
      stack.frames.pop_back();
      stack.whole = *saved == 0;
      return;
    }
  }
  const uint64_t entry = return_to_entry();
  stack.whole = entry != 0;
  if (entry != 0) stack.frames.push_back(entry);
}

// What the entry point calls may never return, and nothing describe it (musl's, where main's caller ends in a
// call of exit): where the next return address is that of the entry point, no frame is between. 0: it is not.
uint64_t OfflineUnwinder::return_to_entry() const {
  constexpr uint64_t kMostBytes = 512;
  for (uint64_t at = sp_; at < sp_ + kMostBytes; at += 8) {
    uint64_t word = 0;
    if (!memory_.load(at, word)) return 0;
    if (!memory_.is_behind_call(word)) continue;
    const CapturedMemory::Image& image = *memory_.find(word);
    return word == image.file->entry_return() + image.module.bias ? word : 0;
  }
  return 0;
}

// Go's run time changes to the thread's stack, and its rule leads from there to what is no code. Nor does Go
// describe where it saves rbp, so that it is still that of the first frame: it leads along this stack to what
// the outermost frame on it saved, 0 or of the goroutine's stack, which was not captured.
std::optional<uint64_t> OfflineUnwinder::saved_next_to_stack_end(unw_cursor_t& cursor) const {
  constexpr int kMostFrames = 64;
  constexpr uint64_t kNext = 64;
  unw_word_t at = 0;
  if (unw_get_reg(&cursor, UNW_X86_64_RBP, &at) != 0) return std::nullopt;
  for (int i = 0; i < kMostFrames; i++) {
    uint64_t saved = 0;
    if (at % 8 != 0 || at >= sp_ || !memory_.load(at, saved)) break;
    // Both stacks may be next to each other in Go's heap.
    if (saved == 0 || saved >= sp_ || saved < captured_->registers[UNW_X86_64_RSP])
      return sp_ - at <= kNext ? std::optional(saved) : std::nullopt;
    if (saved <= at) break;
    at = saved;
  }
  return std::nullopt;
}

// Where a frame pointer leads: behind a call, or, from the outermost frame, to what was put there by hand
// (Go's goexit). Code that was generated at run time is in no file: believed where the chain goes on.
bool OfflineUnwinder::may_be_return(uint64_t after, uint64_t frame, uint64_t saved) const {
  uint64_t code = 0;
  if (memory_.find(after) != nullptr) {
    return saved == 0 || (memory_.load(after - sizeof code, code) && machine::ends_in_call(code));
  }
  const bool is_stack = after >= sp_ && after - sp_ < kLargestStack;
  return !is_stack && (saved == 0 || (saved > frame && saved - frame < kFarthestFrame));
}

// By compilers that keep frame pointers, mostly. Believed where it points up the stack, to a return address.
bool OfflineUnwinder::go_by_frame_pointer(unw_cursor_t& cursor, uint64_t bp) {
  uint64_t saved = 0, after = 0;
  if (bp < sp_ || bp - sp_ > kFarthestFrame || bp % 8 != 0) return false;
  if (!memory_.load(bp, saved) || !memory_.load(bp + 8, after) || after < kLowestCode) return false;
  if (!may_be_return(after, bp, saved)) return false;
  for (int number = 0; number < kUnwindRegisters; number++) {
    unw_word_t value = 0;
    if (unw_get_reg(&cursor, number, &value) == 0) registers_[number] = value;
  }
  registers_[UNW_X86_64_RIP] = after - 1;  // libunwind looks up where it begins as it is
  registers_[UNW_X86_64_RSP] = bp + 16;
  registers_[UNW_X86_64_RBP] = saved;
  is_bp_saved_ = true;
  return unw_init_remote(&cursor, space_, this) == 0;
}

// From code that nothing describes to its caller, where the cursor begins anew.
bool OfflineUnwinder::follow(unw_cursor_t& cursor) {
  const CapturedMemory::Image* const image = memory_.find(pc_);
  uint64_t general[kUnwindRegisters] = {};
  for (int number = 0; number < kUnwindRegisters; number++) {
    unw_word_t value = 0;
    if (unw_get_reg(&cursor, number, &value) != 0) return false;
    registers_[number] = value;
    general[machine::kContextIndex[number]] = value;
  }
  const auto is_other = [&](uint64_t pc) { return memory_.find(pc) != image || memory_.is_described(pc); };
  const machine::Registers from = {pc_, sp_, registers_[UNW_X86_64_RBP], registers_[UNW_X86_64_RBX], general};
  machine::ForwardRun<CapturedMemory, decltype(is_other)> run(memory_, is_other, from,
                                                              machine::kMostInstructions);
  machine::Registers caller;
  if (!run.run(caller)) return false;
  registers_[UNW_X86_64_RIP] = caller.pc - 1;  // libunwind looks up where it begins as it is
  registers_[UNW_X86_64_RSP] = caller.sp;
  registers_[UNW_X86_64_RBP] = caller.bp;
  registers_[UNW_X86_64_RBX] = caller.bx;
  return unw_init_remote(&cursor, space_, this) == 0;
}

}  // namespace prof::unwind
