// Asking the recorder of a running process for its profiles as of now. No signal: through the spool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/record/recorder.h"

namespace prof::record {

// Beside the spools: the absolute paths of the profiles that the recorder wrote last, one a line.
inline constexpr const char* kOutputsFile = "outputs";

// By the recorder, before it calls a request served. Where it fails, the profiles are there all the same.
void tell_outputs(const std::string& directory, const Recording& written);

// Held by the one that drains a directory of spools, while it lives: a ring has one reader. By the fork that
// writes a checkpoint, too.
class DirectoryLock {
 public:
  // Fails where another one holds it. A file system without locks is taken to be ours alone.
  static Result<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();
  static bool is_held(const std::string& directory);
  static uint32_t holder(const std::string& directory);  // 0: the kernel does not tell

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;  // -1: there is no directory, or moved from
};

// `pid`: the recorded process, or its recorder. Returns when the profiles are written, with where they are;
// nothing where the recorder does not tell. Fails where the recorder is gone, or stands still.
Result<std::vector<std::string>> snapshot(uint32_t pid);

}  // namespace prof::record
