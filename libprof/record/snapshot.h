// Asking the recorder of a running process for its profiles as of now. No signal: through the spool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/base/error.h"

namespace prof::record {

// Beside the spools: the absolute paths of the profiles that the recorder writes, one a line.
inline constexpr const char* kOutputsFile = "outputs";

// Held by the recorder of a directory of spools while it lives.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory);
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();
  static bool is_held(const std::string& directory);

 private:
  int fd_;
};

// `pid`: the recorded process, or its recorder. Returns when the profiles are written, with where they are;
// nothing where the recorder does not tell (a program that records itself knows).
Result<std::vector<std::string>> snapshot(uint32_t pid);

}  // namespace prof::record
