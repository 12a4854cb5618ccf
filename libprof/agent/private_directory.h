// A directory whose files only this user can have put there. Its name is no proof of that: a recorder that is
// gone has given it back, in a place where anybody may take it, and its processes still go by it.
//
// Called from: threads, outside handlers. Blocks on the file system.
#pragma once

#include <cerrno>

#include "libprof/agent/raw_file.h"

namespace prof::agent {

class PrivateDirectory {
 public:
  explicit PrivateDirectory(const char* path) : directory_(path, O_PATH | O_DIRECTORY | O_NOFOLLOW) {
    if (!directory_.is_open()) {
      failure_ = errno;
    } else if (!is_ours(directory_.status())) {
      failure_ = EACCES;
    }
  }

  // 0, or why it cannot be used.
  int failure() const { return failure_; }
  // What the names of its files are relative to; -1 where it cannot be used.
  int fd() const { return failure_ == 0 ? directory_.fd() : -1; }

  bool rename(const char* from, const char* to) const {
    return ::syscall(SYS_renameat, fd(), from, fd(), to) == 0;
  }
  void remove(const char* name) const { ::syscall(SYS_unlinkat, fd(), name, 0); }

 private:
  // The kernel's user, as the status is: fakeroot stands in front of geteuid, too.
  static bool is_ours(const struct stat& status) {
    return status.st_uid == static_cast<uid_t>(::syscall(SYS_geteuid)) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  }

  RawFile directory_;
  int failure_ = 0;
};

}  // namespace prof::agent
