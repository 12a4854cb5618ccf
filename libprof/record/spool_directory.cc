#include "libprof/record/spool_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "libprof/spool/spool.h"

namespace prof::record {
namespace {

// What the agent will do for each process, tried while an error can still be told.
int try_allocation(const std::string& directory, uint64_t size) {
  const std::string path = directory + "/room";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  ::close(fd);
  ::unlink(path.c_str());
  return error;
}

// As the agent asks, which believes no other directory (libprof/agent/private_directory.h): on file systems
// that keep neither owners nor modes none is.
bool is_private(const std::string& directory) {
  struct stat status = {};
  return ::lstat(directory.c_str(), &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

std::string temporary_directory() {
  const char* value = std::getenv("TMPDIR");
  return value != nullptr && *value != '\0' ? value : "/tmp";
}

Result<SpoolDirectory> SpoolDirectory::make(uint64_t ring_size) {
  const std::string parent = temporary_directory();
  const std::string remedy = "set TMPDIR to a directory with room, for example /dev/shm";
  std::error_code error;
  const auto absolute = std::filesystem::absolute(parent, error);  // the program may change its directory
  std::string path = (error ? parent : absolute.string()) + "/prof-XXXXXX";
  if (path.find(';') != std::string::npos) {
    return fail("cannot record into " + parent + ": its name contains ';'", remedy);
  }
  if (::mkdtemp(path.data()) == nullptr) {
    return fail("cannot make a directory in " + parent + ": " + std::strerror(errno), remedy);
  }
  SpoolDirectory directory(path);
  if (!is_private(path)) {
    return fail("cannot record into " + parent + ": a directory made there is not this user's alone", remedy);
  }
  const uint64_t size = spool::kHeaderSize + ring_size;
  if (const int failure = try_allocation(path, size); failure != 0) {
    return fail("cannot get " + std::to_string(size >> 20) + " MiB in " + parent +
                    " for what is recorded: " + std::strerror(failure),
                failure == EFBIG
                    ? "raise the limit of a file's size: ulimit -f " + std::to_string(size / 1024)
                    : remedy);
  }
  return directory;
}

SpoolDirectory::SpoolDirectory(SpoolDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}

SpoolDirectory::~SpoolDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace prof::record
