// The older ways to set what a signal does, for SIGPROF: libc's own call its sigaction and sigprocmask
// inside, past our hooks of those, and would take our handler for the program's, or put the program's in its
// place. The same, made of the calls that are hooked; for every other signal they are passed on.
//
// Called from: threads, signal handlers. Block as sigaction's hook does; the first call for another signal
// takes the loader's lock.
#include <signal.h>

#include <cerrno>

#include "libprof/agent/next.h"
#include "libprof/agent/signals.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace prof::agent {
namespace {

struct {
  int (*siginterrupt)(int, int);
  int (*sigignore)(int);
  int (*sighold)(int);
  int (*sigrelse)(int);
  sighandler_t (*sigset)(int, sighandler_t);
} next;

sigset_t only_sigprof() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPROF);
  return set;
}

// sigset and sigignore begin without flags and mask. The handler before.
sighandler_t exchange_handler(sighandler_t handler) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = handler;
  return ::sigaction(SIGPROF, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

// Whether it was blocked.
bool change_blocking(int how) {
  const sigset_t set = only_sigprof();
  sigset_t before;
  return ::sigprocmask(how, &set, &before) == 0 && sigismember(&before, SIGPROF) == 1;
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

sighandler_t __sysv_signal(int number, sighandler_t handler);

PROF_EXPORT sighandler_t sysv_signal(int number, sighandler_t handler) noexcept {
  return __sysv_signal(number, handler);
}

PROF_EXPORT sighandler_t bsd_signal(int number, sighandler_t handler) noexcept {
  return ::signal(number, handler);
}

PROF_EXPORT sighandler_t ssignal(int number, sighandler_t handler) noexcept {
  return ::signal(number, handler);
}

PROF_EXPORT int siginterrupt(int number, int interrupts) noexcept {
  if (number == SIGPROF) sigprof_interrupts.store(interrupts != 0, std::memory_order_relaxed);
  if (number != SIGPROF || !is_sigprof_taken()) {
    return next_of(next.siginterrupt, "siginterrupt")(number, interrupts);
  }
  struct sigaction action = {};
  if (::sigaction(SIGPROF, nullptr, &action) != 0) return -1;
  action.sa_flags = interrupts != 0 ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
  return ::sigaction(SIGPROF, &action, nullptr);
}

PROF_EXPORT int sigignore(int number) noexcept {
  if (number != SIGPROF) {
    return next_of(next.sigignore, "sigignore")(number);
  }
  return exchange_handler(SIG_IGN) == SIG_ERR ? -1 : 0;
}

PROF_EXPORT int sighold(int number) noexcept {
  if (number != SIGPROF) {
    return next_of(next.sighold, "sighold")(number);
  }
  change_blocking(SIG_BLOCK);
  return 0;
}

PROF_EXPORT int sigrelse(int number) noexcept {
  if (number != SIGPROF) {
    return next_of(next.sigrelse, "sigrelse")(number);
  }
  change_blocking(SIG_UNBLOCK);
  return 0;
}

PROF_EXPORT sighandler_t sigset(int number, sighandler_t handler) noexcept {
  if (number != SIGPROF) {
    return next_of(next.sigset, "sigset")(number, handler);
  }
  if (handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  struct sigaction before = {};
  if (::sigaction(SIGPROF, nullptr, &before) != 0) return SIG_ERR;
  if (handler != SIG_HOLD && exchange_handler(handler) == SIG_ERR) return SIG_ERR;
  const bool was_held = change_blocking(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK);
  return was_held ? SIG_HOLD : before.sa_handler;
}

}  // extern "C"
