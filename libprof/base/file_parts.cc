#include "libprof/base/file_parts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

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

// What the path leads to, also where that is not there yet.
std::string resolve_link(std::string path) {
  char target[PATH_MAX];
  if (::realpath(path.c_str(), target) != nullptr) return target;
  constexpr int kMostLinks = 40;  // as the kernel
  for (int i = 0; i < kMostLinks; i++) {
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size < 0) break;
    const std::string next(target, static_cast<size_t>(size));
    path = next.starts_with('/') ? next : path.substr(0, path.rfind('/') + 1) + next;
  }
  return path;
}

// The descriptor of this process that the path names, or -1: a file that it is redirected to has what others
// wrote there, and is not to be replaced.
int named_descriptor(const std::string& path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view directory : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(directory)) continue;
    const std::string number = path.substr(directory.size());
    const bool is_number = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::atoi(number.c_str()) : -1;
  }
  return -1;
}

// That a file cannot be replaced says nothing of whether it can be written: the directory is another's, or it
// is a mount point.
bool may_be_written_in_place(int error) {
  return error == EACCES || error == EPERM || error == EBUSY || error == EROFS;
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
  const auto write_in_place = [&](int fd) -> Result<void> {
    Descriptor file(fd);
    if (file.get() < 0) return cannot(errno);
    PartWriter parts(file.get());
    if (auto made = parts.write_all_of(produce); !made) return made;
    return parts.error() == 0 ? Result<void>() : cannot(parts.error());
  };
  if (const int fd = named_descriptor(path); fd >= 0) return write_in_place(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (exists && !S_ISREG(status.st_mode)) return write_in_place(::open(path.c_str(), O_WRONLY | O_CLOEXEC));

  const std::string target = resolve_link(path);
  const auto replace_contents = [&](int error) -> Result<void> {
    const int fd = exists && may_be_written_in_place(error)
                       ? ::open(target.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)
                       : -1;
    return fd >= 0 ? write_in_place(fd) : cannot(error);
  };
  std::string temporary;
  Descriptor file(open_temporary(target, temporary));
  if (file.get() < 0) return replace_contents(errno);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = exists ? status.st_mode & 07777 : 0666 & ~mask;
  PartWriter parts(file.get());
  const auto made = parts.write_all_of(produce);
  // Its owner stays where that may be: root writes for others.
  [[maybe_unused]] const bool is_owned = exists && ::fchown(file.get(), status.st_uid, status.st_gid) == 0;
  const bool is_whole = made && parts.error() == 0 && ::fchmod(file.get(), mode) == 0 &&
                        ::fsync(file.get()) == 0 && give_name(file.get(), target, temporary) &&
                        file.close() == 0;
  if (is_whole && ::rename(temporary.c_str(), target.c_str()) == 0) return {};
  const int error = parts.error() != 0 ? parts.error() : errno;
  if (!temporary.empty()) ::unlink(temporary.c_str());
  if (is_whole) return replace_contents(error);
  return made ? cannot(error) : made;
}

bool is_same_file(const std::string& path, const std::string& other) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return false;
  const auto place = [](const std::string& name) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(resolve_link(name), ignored), ignored);
  };
  return place(path) == place(other);
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
  if (file.get() < 0) {
    const int error = errno;
    if (exists && may_be_written_in_place(error) && ::access(path.c_str(), W_OK) == 0) return {};
    return fail("cannot write " + path + ": " + reason(error), remedy_for(error));
  }
  if (!temporary.empty()) ::unlink(temporary.c_str());
  return {};
}

}  // namespace prof
