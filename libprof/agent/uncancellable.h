// Most calls of libc that may block are cancellation points: a thread with a cancel pending would end in
// them, in the middle of what the target called that is none (exit, fork, prctl, prof_stop).
#pragma once

#include <pthread.h>

namespace prof::agent {

// While there is one, this thread is not cancelled. Called from: anywhere. Never blocks.
class Uncancellable {
 public:
  Uncancellable() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~Uncancellable() { ::pthread_setcancelstate(before_, nullptr); }
  Uncancellable(const Uncancellable&) = delete;
  Uncancellable& operator=(const Uncancellable&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace prof::agent
