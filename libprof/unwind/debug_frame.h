// The functions that .debug_frame of a file describes, where .eh_frame may not: C without asynchronous unwind
// tables, Go. Each is made into an entry of .eh_frame, which is what libunwind takes from outside.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace prof::unwind {

class DebugFrame {
 public:
  DebugFrame() = default;
  // Of `elf`, which may go then. Compressed by zlib or not, 64 MiB at most; empty where it has none.
  explicit DebugFrame(Elf* elf);

  // Where the function that holds this address of the file begins.
  std::optional<uint64_t> start_of(uint64_t address) const;
  // Appends a CIE and the FDE of that function, whose code is loaded `bias` above; returns where the FDE
  // begins in `entries`. Nothing where it has what .eh_frame cannot say.
  std::optional<size_t> append_entry(uint64_t address, uint64_t bias, std::string& entries) const;

 private:
  struct Function {
    uint64_t start, size;
    uint64_t cie, fde;  // in the section
  };
  const Function* find(uint64_t address) const;
  void index();

  std::string ident_;
  std::string section_;
  std::vector<Function> functions_;  // by start
};

}  // namespace prof::unwind
