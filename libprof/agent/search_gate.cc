#include "libprof/agent/search_gate.h"

#include <sched.h>

#include <atomic>

namespace prof::agent {
namespace {

// Sequentially consistent: of a search and a fork that begin at once, one sees the other.
std::atomic<int> searches = 0;
std::atomic<int> forks = 0;

void wait_for_none(const std::atomic<int>& others) {
  for (int i = 0; i < 100'000 && others.load() > 0; ++i) ::sched_yield();
}

}  // namespace

Search::Search() {
  searches.fetch_add(1);
  if (__builtin_expect(forks.load() == 0, 1)) return;
  searches.fetch_sub(1);
  wait_for_none(forks);
  searches.fetch_add(1);
}

Search::~Search() { searches.fetch_sub(1); }

void hold_searches() {
  forks.fetch_add(1);
  wait_for_none(searches);
}

void resume_searches() { forks.fetch_sub(1); }

void forget_searches() {
  searches.store(0);
  forks.store(0);
}

}  // namespace prof::agent
