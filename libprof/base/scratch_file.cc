#include "libprof/base/scratch_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::exchange(other.path_, "")),
      mapped_(std::exchange(other.mapped_, {})) {}

ScratchFile::~ScratchFile() {
  drop_name();
  if (!mapped_.empty()) ::munmap(const_cast<char*>(mapped_.data()), mapped_.size());
  if (fd_ >= 0) ::close(fd_);
}

void ScratchFile::drop_name() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Result<std::string_view> ScratchFile::contents() {
  struct stat status = {};
  const bool is_known = ::fstat(fd_, &status) == 0;
  if (is_known && status.st_size == 0) return std::string_view();
  const auto size = static_cast<size_t>(status.st_size);
  void* const map = is_known ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_, 0) : MAP_FAILED;
  if (map == MAP_FAILED) return fail(std::string("cannot read a temporary file: ") + std::strerror(errno));
  return mapped_ = {static_cast<const char*>(map), size};
}

}  // namespace prof
