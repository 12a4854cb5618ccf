#include "libprof/agent/split_stacks.h"

#include <elf.h>
#include <sys/auxv.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "libprof/spool/loader.h"

namespace prof::agent {
namespace {

// libgcc's __stack_split_initialize, the first of the executable's initializers, makes the first limit with
// its second instruction or, under -fcf-protection, its third.
constexpr uint64_t kLooked = 32;

struct Program {
  std::span<const Elf64_Phdr> headers;
  uint64_t bias = 0;

  bool holds_code(uint64_t address) const {
    for (const Elf64_Phdr& header : headers) {
      const uint64_t start = bias + header.p_vaddr;
      if (header.p_type == PT_LOAD && (header.p_flags & PF_R) != 0 && address >= start &&
          address < start + header.p_filesz && start + header.p_filesz - address >= kLooked) {
        return true;
      }
    }
    return false;
  }
};

Program this_program() {
  const auto* const first = reinterpret_cast<const Elf64_Phdr*>(::getauxval(AT_PHDR));
  Program program;
  if (first != nullptr) program.headers = {first, ::getauxval(AT_PHNUM)};
  for (const Elf64_Phdr& header : program.headers) {
    if (header.p_type == PT_PHDR) program.bias = reinterpret_cast<uint64_t>(first) - header.p_vaddr;
  }
  return program;
}

std::span<const uint64_t> initializers(const Program& program) {
  uint64_t start = 0, size = 0;
  for (const Elf64_Phdr& header : program.headers) {
    if (header.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const Elf64_Dyn*>(program.bias + header.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_INIT_ARRAY) start = program.bias + entry->d_un.d_ptr;
      if (entry->d_tag == DT_INIT_ARRAYSZ) size = entry->d_un.d_val;
    }
  }
  if (start == 0) return {};
  return {reinterpret_cast<const uint64_t*>(start), size / sizeof(uint64_t)};
}

}  // namespace

bool program_splits_stacks() {
  const Program program = this_program();
  for (const uint64_t address : initializers(program)) {
    if (!program.holds_code(address)) continue;
    if (spool::splits_stacks(reinterpret_cast<const void*>(address), kLooked)) return true;
  }
  return false;
}

}  // namespace prof::agent
