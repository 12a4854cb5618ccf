// Whether a process has ended, asked at any time. By a pidfd, as its number may be another's by then; where
// there is none, as the kernel (before 5.3) or a sandbox refuses it or descriptors are short, by its number
// and the time when it began.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace prof::record {

class ProcessHandle {
 public:
  explicit ProcessHandle(pid_t pid);  // ended, where there is no such process
  ProcessHandle(ProcessHandle&& other) noexcept;
  ProcessHandle& operator=(ProcessHandle&&) = delete;
  ~ProcessHandle();

  pid_t pid() const { return pid_; }
  int fd() const { return fd_; }  // for poll(2): readable when it has ended; -1: only has_ended() tells
  bool has_ended() const;

 private:
  pid_t pid_;
  int fd_;
  bool is_none_ = false;           // there was no such process when we came
  std::optional<uint64_t> start_;  // where there is no pidfd: when it began, if /proc tells
};

}  // namespace prof::record
