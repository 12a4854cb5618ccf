// Signals sent to us are the program's: those that reached it anyway, because they went to the whole process
// group (Ctrl-C, kill -- -PGID), are told from those that were sent to us alone by a witness, a process of
// ours in the same group that gets what the group gets. si_pid and si_code do not tell the two apart.
#pragma once

#include <sys/types.h>

namespace prof::record {

// Receives, while it exists, the signals that are sent to us, and turns the kernel's for files past
// RLIMIT_FSIZE into errors: a program that is recorded under a limit is not the one to pay for our files.
// What came after the program's end, while its profiles were made, is forgotten. One at a time; not while
// other threads run.
class SignalRelay {
 public:
  SignalRelay();
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;
  ~SignalRelay();

  int fd() const { return fd_; }  // readable when there is something to forward
  void forward_to(pid_t pid);     // what has arrived, and `pid` has not got with us
  // What came before there was a `pid`, too, which blocks all of it still: what both got, it gets once.
  void hand_to(pid_t pid);
  void forget();                  // what has arrived: the program is over
  void restore_in_child() const;  // after fork: as they were before this was made

 private:
  void start_witness();
  bool is_seen_by_witness(int signal);
  int next();  // 0: none has arrived

  int fd_;
  pid_t witness_ = -1;
  int testimony_ = -1;  // one byte a signal that the witness got
  struct Saved;
  Saved* saved_;
};

}  // namespace prof::record
