#include "libprof/record/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace prof::record {
namespace {

class PlainFile {
 public:
  PlainFile(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)) {
    is_plain_ = fd_ >= 0 && ::fstat(fd_, &status_) == 0 && S_ISREG(status_.st_mode);
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  bool is_plain() const { return is_plain_; }
  bool is_ours_alone() const { return is_plain_ && status_.st_uid == ::geteuid() && status_.st_nlink == 1; }

 private:
  int fd_;
  struct stat status_ = {};
  bool is_plain_;
};

}  // namespace

std::optional<std::string> read_plain_file(const std::string& path, uint64_t most) {
  const PlainFile file(path, O_RDONLY);
  if (!file.is_plain()) return std::nullopt;
  std::string bytes;
  for (ssize_t got = 1; got != 0;) {
    char chunk[1 << 14];
    got = ::read(file.fd(), chunk, sizeof chunk);
    if (got < 0 && errno != EINTR) return std::nullopt;
    if (got > 0) bytes.append(chunk, static_cast<size_t>(got));
    if (bytes.size() > most) return std::nullopt;
  }
  return bytes;
}

void append_to_plain_file(const std::string& path, const std::string& bytes) {
  const PlainFile file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!file.is_ours_alone()) return;
  [[maybe_unused]] const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
}

}  // namespace prof::record
