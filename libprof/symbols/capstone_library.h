// Capstone, loaded when the first instruction is asked for: its tables need 77,000 relocations, which would
// otherwise be done at each start of every command.
#pragma once

#include <capstone/capstone.h>

#include "libprof/base/error.h"

namespace prof::symbols {

struct Capstone {
  decltype(&::cs_open) open = nullptr;
  decltype(&::cs_close) close = nullptr;
  decltype(&::cs_option) option = nullptr;
  decltype(&::cs_malloc) malloc = nullptr;
  decltype(&::cs_free) free = nullptr;
  decltype(&::cs_disasm_iter) disasm_iter = nullptr;
  decltype(&::cs_insn_group) insn_group = nullptr;

  // Fails where the library is not installed. Any thread; it stays loaded.
  static Result<const Capstone*> get();
};

}  // namespace prof::symbols
