// Where a file was mapped, and where in the file an address of that mapping is.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <vector>

namespace prof::symbols {

// Run-time addresses [start, limit), from `offset` of the file on.
struct Placement {
  uint64_t start = 0;
  uint64_t limit = 0;
  uint64_t offset = 0;
};

// The address in the file of run-time `address`. `address` itself for programs that are not moved and for
// mappings that say nothing (start 0, limit 0 or all).
//
// `elf` may be a debug file, whose segments have lost their bytes and where those were (objcopy
// --only-keep-debug): the mapping is then that of the segment of code which is as long as it, else it is
// worked out where linkers put those bytes.
uint64_t file_address(Elf* elf, uint64_t address, const Placement& mapping);

// How the code of a program that is not moved is mapped: usually one, several where a linker script or an
// optimizer of binaries asked for it. None of a debug file.
std::vector<Placement> code_placements(Elf* elf);

}  // namespace prof::symbols
