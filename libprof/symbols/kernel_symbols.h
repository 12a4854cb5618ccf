// The running kernel's functions, by /proc/kallsyms: its own and its modules'. The kernel shows addresses
// only to whom kernel.kptr_restrict lets read them; to others there are no names here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libprof/symbols/range_index.h"

namespace prof::symbols {

class KernelSymbols {
 public:
  // Lines of "ADDRESS TYPE NAME [MODULE]"; what makes no sense is skipped, as are addresses of 0.
  explicit KernelSymbols(std::string_view text);
  static KernelSymbols of_this_kernel();

  // A symbol reaches to the next one. `address`: at run time. nullptr where no name covers it.
  const std::string* find(uint64_t address) { return names_.find(address); }
  bool empty() const { return names_.empty(); }

 private:
  RangeIndex<std::string> names_;
};

// Lower-case hex, from /sys/kernel/notes; "" where that is not readable.
std::string kernel_build_id();
// Of the first NT_GNU_BUILD_ID in the bytes of a note section.
std::string build_id_of_notes(std::string_view notes);

}  // namespace prof::symbols
