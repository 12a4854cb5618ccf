// The code that is being decoded, read a few words at a time. Called from: signal handlers, hooks. Never
// blocks. Freestanding.
#pragma once

#include "libprof/machine/instruction.h"

namespace prof::machine {

// Memory: bool load(uint64_t address, uint64_t& value).
template <typename Memory>
class CodeWindow {
 public:
  explicit CodeWindow(Memory& memory) : memory_(memory) {}

  // A window of aligned words: none lies in two pages, and those behind the code may be in none.
  bool fetch(uint64_t pc) {
    if (pc >= start_ && pc + sizeof(Bytes) <= start_ + sizeof words_) return true;
    start_ = pc & ~uint64_t{7};
    for (size_t i = 0; i < kWords; ++i) {
      if (!memory_.load(start_ + i * 8, words_[i])) words_[i] = 0;
      if (i == 0 && words_[0] == 0) return false;
    }
    return true;
  }

  // REQUIRES: fetch(pc) was true last.
  const Bytes& bytes_at(uint64_t pc) const {
    return *reinterpret_cast<const Bytes*>(reinterpret_cast<const uint8_t*>(words_) + (pc - start_));
  }

 private:
  static constexpr size_t kWords = 8;

  Memory& memory_;
  uint64_t start_ = ~uint64_t{0};
  uint64_t words_[kWords];
};

}  // namespace prof::machine
