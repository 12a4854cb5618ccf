// Files by system calls: libc's functions are cancellation points, and a thread that is cancelled in
// dl_iterate_phdr would keep the loader's lock; and others (fakeroot's) may stand in front of them.
//
// Called from: threads, outside handlers. Blocks on the file system.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdint>

namespace prof::agent {

// Past RLIMIT_FSIZE the kernel does not only refuse: its SIGXFSZ kills.
inline bool may_write_file(uint64_t size) {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= size;
}

class RawFile {
 public:
  RawFile(const char* path, int flags, int mode = 0) : RawFile(AT_FDCWD, path, flags, mode) {}
  RawFile(int directory, const char* path, int flags, int mode = 0)
      : fd_(static_cast<int>(::syscall(SYS_openat, directory, path, flags | O_CLOEXEC | O_NONBLOCK, mode))) {}
  ~RawFile() {
    if (fd_ >= 0) ::syscall(SYS_close, fd_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // All `size` bytes, or false.
  bool read(void* to, uint64_t size, uint64_t offset) const {
    return ::syscall(SYS_pread64, fd_, to, size, offset) == static_cast<long>(size);
  }
  bool write(const iovec* parts, int count, uint64_t size) const {
    return ::syscall(SYS_writev, fd_, parts, count) == static_cast<long>(size);
  }

  // All zero where it cannot be told.
  struct stat status() const {
    return status_of(fd_, "", AT_EMPTY_PATH);
  }
  uint64_t size() const { return static_cast<uint64_t>(status().st_size); }
  static uint64_t size_of(const char* path) {
    return static_cast<uint64_t>(status_of(AT_FDCWD, path, 0).st_size);
  }

 private:
  static struct stat status_of(int directory, const char* path, int flags) {
    struct stat status = {};
    ::syscall(SYS_newfstatat, directory, path, &status, flags);
    return status;
  }

  int fd_;
};

}  // namespace prof::agent
