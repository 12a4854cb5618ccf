// OpenSSL writes without MSG_NOSIGNAL: a server that hangs up ended the whole command by SIGPIPE, which stays
// as it is for what we print.
#pragma once

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace prof::fetch {

// No SIGPIPE comes of what this thread writes while one of these lives.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    constexpr timespec kAtOnce = {};
    while (!sigismember(&before_, SIGPIPE) && sigtimedwait(&pipe_, nullptr, &kAtOnce) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_, before_;
};

}  // namespace prof::fetch
