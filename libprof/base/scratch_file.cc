#include "libprof/base/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace prof {

Result<ScratchFile> ScratchFile::make() {
  const char* const asked = std::getenv("TMPDIR");
  const bool is_asked = asked != nullptr && *asked != '\0';
  std::string failure;
  for (const std::string& directory :
       is_asked ? std::vector<std::string>{asked} : std::vector<std::string>{"/var/tmp", "/tmp"}) {
    std::string path = directory + "/prof-XXXXXX";
    const int fd = ::mkostemp(path.data(), O_CLOEXEC);
    if (fd >= 0) return ScratchFile(fd, path);
    failure = "cannot make a temporary file in " + directory + ": " + std::strerror(errno);
  }
  return fail(failure, "name another directory in TMPDIR");
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::exchange(other.path_, "")) {}

ScratchFile::~ScratchFile() {
  drop_name();
  if (fd_ >= 0) ::close(fd_);
}

void ScratchFile::drop_name() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Result<void> ScratchFile::read_parts(const Put& put) const {
  std::string part(size_t{1} << 20, '\0');
  for (off_t at = 0;;) {
    const ssize_t size = ::pread(fd_, part.data(), part.size(), at);
    if (size == 0) return {};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(std::string("cannot read a temporary file: ") + std::strerror(errno));
    put(std::string_view(part).substr(0, static_cast<size_t>(size)));
    at += size;
  }
}

}  // namespace prof
