// What is readable of a process from outside: the stack as it was captured, and what the files of its modules
// have; and the tables of functions as libunwind's remote interface reads them, at addresses that no process
// has.
#pragma once

#include <libunwind-x86_64.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "libprof/unwind/elf_file.h"

namespace prof::unwind {

inline constexpr int kUnwindRegisters = UNW_X86_64_RIP + 1;

struct CapturedStack {
  uint64_t registers[kUnwindRegisters] = {};  // in DWARF's order, the pc last
  std::span<const char> memory;               // from the stack pointer up
  bool has_all_registers = true;              // else pc and stack pointer alone
};

class CapturedMemory {
 public:
  struct Image {
    spool::Module module;
    const ElfFile* file;
  };

  // `file` outlives this. What was loaded where `module` is now is gone. libunwind's cache is stale after
  // both.
  void load(const spool::Module& module, const ElfFile* file);
  void forget_all();

  // Which outlives the loads that follow.
  void look_at(const CapturedStack& stack) { stack_ = &stack; }
  const Image* find(uint64_t address) const;
  bool load(uint64_t address, uint64_t& word) const;
  bool is_behind_call(uint64_t pc) const;
  bool is_described(uint64_t pc) const;

  // The table that has the function at `pc`, of which load_or_table() has the bytes. False where there is
  // none.
  bool find_table(uint64_t pc, unw_dyn_info_t& table);
  bool load_or_table(uint64_t address, uint64_t& word) const;

 private:
  uint64_t make_entry(const Image& image, uint64_t pc);
  bool load_made(uint64_t address, uint64_t& word) const;

  std::map<uint64_t, Image> images_;      // by start
  std::string made_;                      // entries of functions that .debug_frame describes
  std::map<uint64_t, uint64_t> made_at_;  // by where the function is loaded
  const CapturedStack* stack_ = nullptr;
};

}  // namespace prof::unwind
