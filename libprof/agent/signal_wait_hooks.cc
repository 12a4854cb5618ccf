// Calls that wait with a mask of the target's in place of the thread's: the kernel is given it as it is, but
// for the stand-in, which would say that SIGPROF is blocked (signals.h).
//
// Called from: threads, signal handlers. Block where the real ones do.
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <cerrno>

#include "libprof/agent/next.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"

namespace prof::agent {
namespace {

using CheckedPoll = int(pollfd*, nfds_t, const timespec*, const sigset_t*, size_t);
using EpollWait2 = int(int, epoll_event*, int, const timespec*, const sigset_t*);

// Written with the same values by whoever calls first.
struct {
  decltype(::ppoll)* ppoll;
  CheckedPoll* checked_ppoll;
  decltype(::pselect)* pselect;
  decltype(::epoll_pwait)* epoll_pwait;
  EpollWait2* epoll_pwait2;
  decltype(::sigsuspend)* sigsuspend;
} next;

// `call` with the mask that is meant. Mostly there is none, or one without the stand-in.
template <typename Call>
int wait_with(const sigset_t* mask, Call call) {
  if (next.sigsuspend == nullptr) init_signal_waits();
  if (mask == nullptr || sigismember(mask, kStandIn) != 1) return call(mask);
  const sigset_t meant = without_stand_in(*mask);
  return call(&meant);
}

}  // namespace

void init_signal_waits() {
  next.ppoll = find_next<decltype(::ppoll)>("ppoll");
  next.checked_ppoll = find_next<CheckedPoll>("__ppoll_chk");
  next.pselect = find_next<decltype(::pselect)>("pselect");
  next.epoll_pwait = find_next<decltype(::epoll_pwait)>("epoll_pwait");
  next.epoll_pwait2 = find_next<EpollWait2>("epoll_pwait2");
  next.sigsuspend = find_next<decltype(::sigsuspend)>("sigsuspend");
}

}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT int sigsuspend(const sigset_t* mask) {
  return wait_with(mask, [](auto* meant) { return next.sigsuspend(meant); });
}

PROF_EXPORT int ppoll(pollfd* files, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return wait_with(mask, [=](auto* meant) { return next.ppoll(files, count, timeout, meant); });
}

// ppoll in programs that are compiled with _FORTIFY_SOURCE.
PROF_EXPORT int __ppoll_chk(pollfd* files, nfds_t count, const timespec* timeout, const sigset_t* mask,
                            size_t size) {
  return wait_with(mask, [=](auto* meant) { return next.checked_ppoll(files, count, timeout, meant, size); });
}

PROF_EXPORT int pselect(int count, fd_set* in, fd_set* out, fd_set* other, const timespec* timeout,
                        const sigset_t* mask) {
  return wait_with(mask, [=](auto* meant) { return next.pselect(count, in, out, other, timeout, meant); });
}

PROF_EXPORT int epoll_pwait(int epoll, epoll_event* events, int count, int timeout, const sigset_t* mask) {
  return wait_with(mask, [=](auto* meant) { return next.epoll_pwait(epoll, events, count, timeout, meant); });
}

PROF_EXPORT int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* timeout,
                             const sigset_t* mask) {
  return wait_with(mask, [=](auto* meant) {
    if (next.epoll_pwait2 != nullptr) return next.epoll_pwait2(epoll, events, count, timeout, meant);
    errno = ENOSYS;  // not every libc has it
    return -1;
  });
}

}  // extern "C"
