// A file for libraries that write to a path, of what then goes elsewhere. It is on a disk where there is one:
// in $TMPDIR, else in /var/tmp, else in /tmp, which is memory on many systems.
#pragma once

#include <string>
#include <utility>

#include "libprof/base/error.h"
#include "libprof/base/file_parts.h"

namespace prof {

class ScratchFile {
 public:
  static Result<ScratchFile> make();
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();  // removes it

  // "" once it has lost its name. Without one nothing stays behind, whatever ends this process.
  const std::string& path() const { return path_; }
  void drop_name();

  // All that was written.
  Result<void> read_parts(const Put& put) const;

 private:
  ScratchFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;
  std::string path_;
};

}  // namespace prof
