// Which dynamic loader can load the agent, which is made for glibc: another C library's, given LD_PRELOAD,
// would refuse to run the program. And in which programs it cannot take samples. Both sides must agree on it,
// and on how to find the loader: the recorder, that preloads the agent, and the agent in front of every exec.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>

namespace prof::spool {

// Of the programs into which it can be loaded: its own.
#if defined(__x86_64__)
inline constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
inline constexpr uint16_t kMachine = EM_AARCH64;
#endif

// How many interpreters the kernel follows from a script to a program: exec_binprm in its fs/exec.c.
inline constexpr int kMaxInterpreters = 5;

// `interpreter` is what PT_INTERP names. The others are known by their names; glibc's has many: ld-linux-*,
// ld-lsb-*, the ld-2.31.so or ld.so of a version or a package manager beside the system's.
inline bool is_glibc_loader(const char* interpreter) {
  const char* const slash = std::strrchr(interpreter, '/');
  const char* const name = slash != nullptr ? slash + 1 : interpreter;
  constexpr const char* kOthers[] = {"ld-musl", "ld-uClibc", "ld64-uClibc", "linker64"};
  for (const char* const other : kOthers) {
    if (std::strncmp(name, other, std::strlen(other)) == 0) return false;
  }
  return true;
}

// Whether this code is, or has in it, the run-time support of split stacks (gcc -fsplit-stack, gccgo), linked
// into every program that uses them. Nothing else sets a stack's limit, which the ABI has at %fs:0x70.
inline bool splits_stacks(const void* code, size_t size) {
  constexpr unsigned char kSetLimit[] = {0x64, 0x48, 0x89, 0x04, 0x25, 0x70, 0, 0, 0};  // mov %rax,%fs:0x70
  return ::memmem(code, size, kSetLimit, sizeof kSetLimit) != nullptr;
}

}  // namespace prof::spool
