#include "libprof/base/file_parts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "libprof/base/descriptor.h"
#include "libprof/base/files.h"

namespace prof {
namespace {

std::string reason(int error) { return std::strerror(error); }

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    data.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Small parts together: a system call each would cost more than they do.
class PartWriter {
 public:
  explicit PartWriter(int fd) : fd_(fd) {}

  Result<void> write_all_of(const Producer& produce) {
    auto made = produce([this](std::string_view part) { put(part); });
    flush();
    return made;
  }
  int error() const { return error_; }  // 0: none

 private:
  static constexpr size_t kBuffer = size_t{1} << 18;

  void put(std::string_view part) {
    if (buffer_.size() + part.size() > kBuffer) flush();
    if (part.size() < kBuffer) {
      buffer_ += part;
    } else if (error_ == 0 && !write_all(fd_, part)) {
      error_ = errno;
    }
  }
  void flush() {
    if (error_ == 0 && !write_all(fd_, buffer_)) error_ = errno;
    buffer_.clear();
  }

  int fd_;
  int error_ = 0;
  std::string buffer_;
};

std::string resolve_link(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

std::string remedy_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or name another place";
    case EFBIG:
      return "raise the limit of a file's size: ulimit -f";
    case EACCES:
    case EPERM:
    case EROFS:
      return "name a place you may write to";
    case ENOENT:
      return "create its directory first";
    default:
      return "";
  }
}

constexpr const char* kOwnDescriptors = "/proc/self/fd/";

// A file in the directory of `target`, or -1 with errno. `name` is empty where it has none, which what is
// killed while it writes leaves nothing of; not all file systems have such.
int open_temporary(const std::string& target, std::string& name) {
  name.clear();
  const size_t slash = target.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : target.substr(0, slash + 1);
  constexpr mode_t kOwner = 0600;
  const bool can_be_named = ::access(kOwnDescriptors, X_OK) == 0;
  const int fd = can_be_named ? ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kOwner) : -1;
  if (fd >= 0) return fd;
  name = target + ".tmp-XXXXXX";
  return ::mkostemp(name.data(), O_CLOEXEC);
}

// A name beside `target` for a file that has none yet.
bool give_name(int fd, const std::string& target, std::string& name) {
  const std::string self = kOwnDescriptors + std::to_string(fd);
  for (size_t i = 0; name.empty(); i++) {
    const std::string wanted = target + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(i);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, wanted.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      name = wanted;
    } else if (errno != EEXIST) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view data) {
  return write_parts_atomically(path, [data](const Put& put) {
    put(data);
    return Result<void>();
  });
}

Result<void> write_parts_atomically(const std::string& path, const Producer& produce) {
  struct stat status = {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  const auto cannot = [&](int error) {
    return fail("cannot write " + path + ": " + reason(error), remedy_for(error));
  };
  if (exists && S_ISDIR(status.st_mode)) {
    return fail("cannot write " + path + ": it is a directory", "name a file");
  }
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) return cannot(errno);
    PartWriter parts(file.get());
    if (auto made = parts.write_all_of(produce); !made) return made;
    return parts.error() == 0 ? Result<void>() : cannot(parts.error());
  }

  const std::string target = resolve_link(path);
  std::string temporary;
  Descriptor file(open_temporary(target, temporary));
  if (file.get() < 0) return cannot(errno);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = exists ? status.st_mode & 07777 : 0666 & ~mask;
  PartWriter parts(file.get());
  const auto made = parts.write_all_of(produce);
  if (made && parts.error() == 0 && ::fchmod(file.get(), mode) == 0 && ::fsync(file.get()) == 0 &&
      give_name(file.get(), target, temporary) && file.close() == 0 &&
      ::rename(temporary.c_str(), target.c_str()) == 0) {
    return {};
  }
  const int error = parts.error() != 0 ? parts.error() : errno;
  if (!temporary.empty()) ::unlink(temporary.c_str());
  return made ? cannot(error) : made;
}

Result<void> check_writable(const std::string& path) {
  struct stat status = {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    return fail("cannot write " + path + ": it is a directory", "name a file");
  }
  if (exists && !S_ISREG(status.st_mode)) {
    if (::access(path.c_str(), W_OK) == 0) return {};
    return fail("cannot write " + path + ": " + reason(errno), remedy_for(errno));
  }
  std::string temporary;
  Descriptor file(open_temporary(resolve_link(path), temporary));
  if (file.get() < 0) return fail("cannot write " + path + ": " + reason(errno), remedy_for(errno));
  if (!temporary.empty()) ::unlink(temporary.c_str());
  return {};
}

}  // namespace prof
