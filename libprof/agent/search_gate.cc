#include "libprof/agent/search_gate.h"

#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

// Sequentially consistent: of a search and a fork that begin at once, one sees the other.
std::atomic<int> searches = 0;
std::atomic<int> forks = 0;

// A look at new modules may compile their tables for half a second. Sleeps by a system call: libc's are
// cancellation points.
void wait_for_others(const std::atomic<int>& all, int own) {
  constexpr int kYields = 1000, kSleeps = 15'000;
  constexpr timespec kPause = {0, 100'000};
  for (int i = 0; i < kYields + kSleeps && all.load() > own; ++i) {
    if (i < kYields) {
      ::sched_yield();
    } else {
      ::syscall(SYS_nanosleep, &kPause, nullptr);
    }
  }
}

}  // namespace

Search::Search() {
  searches.fetch_add(1);
  if (__builtin_expect(forks.load() != 0, 0)) {
    searches.fetch_sub(1);
    wait_for_others(forks, 0);
    searches.fetch_add(1);
  }
  ++thread_state.searches;
}

Search::~Search() {
  --thread_state.searches;
  searches.fetch_sub(1);
}

void hold_searches() {
  forks.fetch_add(1);
  wait_for_others(searches, thread_state.searches);
}

void resume_searches() { forks.fetch_sub(1); }

void forget_searches() {
  searches.store(thread_state.searches);
  forks.store(0);
}

}  // namespace prof::agent
