// Which dynamic loader can load the agent, which is made for glibc: another C library's, given LD_PRELOAD,
// would refuse to run the program. Both sides must agree on it: the recorder, that preloads the agent, and
// the agent in front of every exec.
#pragma once

#include <cstring>

namespace prof::spool {

// `interpreter` is what PT_INTERP names. glibc's loader is called ld-linux on every processor we know; ld-lsb
// is the Linux Standard Base's name for it.
inline bool is_glibc_loader(const char* interpreter) {
  const char* const slash = std::strrchr(interpreter, '/');
  const char* const name = slash != nullptr ? slash + 1 : interpreter;
  return std::strncmp(name, "ld-linux", 8) == 0 || std::strncmp(name, "ld-lsb", 6) == 0;
}

}  // namespace prof::spool
