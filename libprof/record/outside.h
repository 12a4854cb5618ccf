// A thread of another process as /proc and process_vm_readv(2) show it. Nothing here stops it or makes it
// notice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace prof::record {

// The kernel's own account of a thread.
struct ThreadClock {
  uint64_t run_ns = 0;    // on a CPU; of a thread that runs, as of the kernel's last tick
  uint64_t ready_ns = 0;  // waiting for one
  uint64_t turns = 0;     // times that it came onto one
};

// Where a thread is blocked.
struct BlockedAt {
  long call = -1;  // system call; -1: in none
  uint64_t sp = 0;
  uint64_t pc = 0;
};

class TaskDirectory {
 public:
  explicit TaskDirectory(uint32_t pid);
  TaskDirectory(const TaskDirectory&) = delete;
  TaskDirectory& operator=(const TaskDirectory&) = delete;
  ~TaskDirectory();

  // Without the first one where it has left by pthread_exit, and others have not: the kernel keeps it until
  // then.
  std::vector<uint32_t> threads() const;
  // Nothing where it is gone, or the kernel keeps no such account (CONFIG_SCHED_INFO).
  std::optional<ThreadClock> clock(uint32_t tid) const;
  // 0 where `at` is where it is blocked, EAGAIN where it is not blocked, else the kernel's errno.
  int blocked_at(uint32_t tid, BlockedAt& at) const;

 private:
  bool has_left(uint32_t tid) const;

  uint32_t pid_;
  int fd_;
};

// The process that the thread belongs to, which is the number of its first one; 0 where there is no such
// thread.
uint32_t process_of_thread(uint32_t tid);

// The processes that it started, those that these started, and so on, parents first: but for this process and
// its own.
struct Descendant {
  uint32_t pid;
  uint32_t parent;
};
std::vector<Descendant> descendants_of(uint32_t pid);

// Whether it is on its way out: a process gives its memory back early, and is there for a while. False where
// nothing is known of it.
bool is_exiting(uint32_t pid);

// A thread that has the process's memory, and so its files in /proc: the first one, but where that has left
// by pthread_exit, for nothing is told of it then.
uint32_t thread_with_memory(uint32_t pid);

// Up to `size` bytes of the thread's process from `address` on, up to the first that is not mapped. Bytes
// read, or -1 and errno.
long read_memory(uint32_t tid, uint64_t address, void* to, size_t size);

// Whose it is, that this process may not look into it, and who may; "" where nothing of it is another's.
std::string explain_owner(uint32_t pid);

// Why this process may not look into that one, and what would allow it.
std::string explain_refusal(uint32_t pid, int error);

}  // namespace prof::record
