// The directory that a recording's spools live in: private, in $TMPDIR or /tmp, removed with all in it unless
// it is kept.
#pragma once

#include <cstdint>
#include <string>

#include "libprof/base/error.h"

namespace prof::record {

// $TMPDIR, or /tmp where that is not set.
std::string temporary_directory();

class SpoolDirectory {
 public:
  // Fails where it cannot be made, or has no room for a spool with a ring of that size.
  static Result<SpoolDirectory> make(uint64_t ring_size);
  SpoolDirectory(SpoolDirectory&& other) noexcept;
  SpoolDirectory& operator=(SpoolDirectory&&) = delete;
  ~SpoolDirectory();
  const std::string& path() const { return path_; }

 private:
  explicit SpoolDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;  // "": moved from
};

}  // namespace prof::record
