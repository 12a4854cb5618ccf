// Unwinding from outside: registers and a slice of the stack as perf captured them, the rest from the files
// of the modules, by libunwind's remote interface. It runs here and never in a target (docs/architecture.md).
#pragma once

#include <libunwind-x86_64.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libprof/unwind/captured_memory.h"
#include "libprof/unwind/elf_file.h"

namespace prof::unwind {

struct UnwoundStack {
  std::vector<uint64_t> frames;  // leaf first
  uint64_t exact = 0;            // as spool::Event::exact
  bool whole = false;            // reached the outermost frame
};

// The files of all processes, opened once.
class ElfFiles {
 public:
  const ElfFile* get(const std::string& path);

 private:
  std::map<std::string, std::unique_ptr<ElfFile>> files_;
};

// Of one process. Bounded: at most spool::kMaxFrames frames.
class OfflineUnwinder {
 public:
  OfflineUnwinder();
  OfflineUnwinder(const OfflineUnwinder&) = delete;
  OfflineUnwinder& operator=(const OfflineUnwinder&) = delete;
  ~OfflineUnwinder();

  // `file` outlives this. What was loaded where `module` is now is gone.
  void load(const spool::Module& module, const ElfFile* file);
  void forget_all();  // the process became another program
  // Without all registers a function that finds its frame by rbp, which no callee has saved, is asked of the
  // stack: the first pair of a saved rbp and a return address behind a call of that very function (or, for
  // indirect calls, behind some call).
  void unwind(const CapturedStack& captured, UnwoundStack& stack);

 private:
  struct Callbacks;
  bool is_frame_of(uint64_t frame, uint64_t function, bool& is_direct) const;
  bool guess_frame_pointer(uint64_t& value) const;

  // undescribed.cc
  enum class Step { kCaller, kOutermost, kLost };
  Step step_undescribed(unw_cursor_t& cursor, bool is_exact);
  void end_where_lost(unw_cursor_t& cursor, bool is_exact, UnwoundStack& stack) const;
  bool is_new_thread() const;
  uint64_t return_to_entry() const;
  std::optional<uint64_t> saved_next_to_stack_end(unw_cursor_t& cursor) const;
  bool follow(unw_cursor_t& cursor);
  bool may_be_return(uint64_t after, uint64_t frame, uint64_t saved) const;
  bool go_by_frame_pointer(unw_cursor_t& cursor, uint64_t bp);

  CapturedMemory memory_;
  unw_accessors_t accessors_;
  unw_addr_space_t space_;
  const CapturedStack* captured_ = nullptr;
  uint64_t registers_[kUnwindRegisters] = {};  // where libunwind begins: as captured, or of a frame followed
  bool is_bp_saved_ = false;                   // rbp is known there, whatever was captured
  uint64_t pc_ = 0, sp_ = 0;                   // of the frame that is being unwound
};

}  // namespace prof::unwind
