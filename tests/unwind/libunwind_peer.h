// libunwind's remote unwinder on a traced program, through accessors that read the same registers and memory
// as ours, with its rule cache on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/unwind/traced.h"

namespace prof::test {

class LibunwindPeer {
 public:
  explicit LibunwindPeer(const Traced& program);
  ~LibunwindPeer();
  LibunwindPeer(const LibunwindPeer&) = delete;
  LibunwindPeer& operator=(const LibunwindPeer&) = delete;

  // Program counters as TrueStack gives them. Whether the walk reached what libunwind takes for the end.
  bool frames(std::vector<uint64_t>& out, size_t capacity);

  // Whether libunwind finds unwind information for the instruction at `pc`.
  bool describes(uint64_t pc) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prof::test
