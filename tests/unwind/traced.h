// A program run one instruction at a time, from its very first one: its registers, its memory, its modules
// with the agent's unwind tables for them.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/agent/unwind.h"

namespace prof::test {

// One object as it is mapped in the traced program; `bytes` is the same, loaded here.
struct Mapped {
  std::string path;
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t constant_end = 0;  // code and unwind tables lie before it, data that changes after
  const uint8_t* bytes = nullptr;
  uint64_t frame_header = 0;  // .eh_frame_hdr, as an address there; 0 where it has none
  const agent::UnwindTable* table = nullptr;
};

class Traced {
 public:
  // Starts `argv` (found through PATH), its output thrown away, and stops it before its first instruction.
  // Throws std::runtime_error.
  explicit Traced(const std::vector<std::string>& argv);
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;
  ~Traced();

  // Runs at full speed to the program's own entry point, past the loader's work: nothing is on the stack
  // there.
  void run_to_entry();

  // Runs one instruction, or delivers a signal that is due. False once the program has ended.
  bool step();

  const user_regs_struct& registers() const { return registers_; }
  // Whether the last step entered a signal handler.
  bool entered_handler() const { return entered_handler_; }

  // Eight bytes of its memory; false where nothing is mapped.
  bool load(uint64_t address, uint64_t& value) const;

  // The modules, sorted; looked up anew where the pc leaves the one that mapped or unmapped something.
  const std::vector<Mapped>& modules() const { return modules_; }
  const agent::ModuleList* module_list() const;
  const Mapped* module_at(uint64_t pc) const;
  // Counts changes of the modules.
  unsigned generation() const { return generation_; }

 private:
  void read_registers();
  void refresh_modules();

  pid_t pid_ = -1;
  user_regs_struct registers_ = {};
  uint64_t stack_top_ = 0;  // past the highest byte a stack walk needs
  std::vector<uint8_t> stack_;
  uint64_t stack_start_ = 0;
  int pending_signal_ = 0;
  bool entered_handler_ = false;
  bool modules_changed_ = true;
  uint64_t last_start_ = 0;
  unsigned generation_ = 0;
  std::vector<Mapped> modules_;
  std::vector<uint64_t> list_;  // an agent::ModuleList
};

}  // namespace prof::test
