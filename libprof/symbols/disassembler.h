// The machine code of an object file's functions, as text, by capstone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/symbols/frame.h"
#include "libprof/symbols/placement.h"

namespace prof::symbols {

enum class Syntax { kAtt, kIntel };

struct Routine {
  std::vector<std::string> names;  // readable; the one that matched first
  uint64_t start = 0, end = 0;     // [start, end), addresses in the file
};

struct Instruction {
  uint64_t address = 0;  // in the file
  std::string text;      // "call   401136 <main+0x16>"; "(bad)" for a byte that is none, ".byte 0x62,..." for
                         // an instruction that this capstone does not know
  Code code;             // whose it is, as symbolizer.h has it
};

class Disassembler {
 public:
  // Asks debuginfod where the file is not there or of another build. Fails where it has none either, or where
  // the code is not of this machine's kind.
  static Result<Disassembler> open(const std::string& path, const std::string& build_id);
  Disassembler(Disassembler&&) noexcept;
  ~Disassembler();

  const std::string& path() const;  // of the file that was opened

  // As in placement.h.
  uint64_t file_address(uint64_t address, const Placement& mapping) const;

  // Functions of which a name matches (mangled, or readable in full, without parameters, without those and
  // template arguments), or that have `address`, in order of address.
  std::vector<Routine> find(const std::function<bool(std::string_view name)>& matches,
                            uint64_t address) const;
  std::optional<Routine> routine_at(uint64_t address) const;
  // Of each routine. Together, since a unit's debug information is searched but once for all addresses of a
  // call.
  std::vector<std::vector<Instruction>> disassemble(std::span<const Routine> routines, Syntax syntax) const;
  // How many instructions of all that was disassembled capstone is too old for.
  Warnings warnings() const;

 private:
  struct State;
  explicit Disassembler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace prof::symbols
