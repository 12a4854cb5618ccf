// Threads that wait, each in its own way, for known times. Prints a line each: its name, its lifetime and its
// CPU time in nanoseconds, and how many of its waits ended early.
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/e2e/programs/burn.h"

namespace {

constexpr int64_t kMillisecond = 1'000'000;
std::mutex held;

// Whether the wait was cut short.
[[gnu::noinline]] int sleep_for(int64_t ms) {
  const timespec time = {ms / 1000, ms % 1000 * kMillisecond};
  return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr) != 0;
}

[[gnu::noinline]] int sleeps() { return sleep_for(700) + sleep_for(500); }

[[gnu::noinline]] int locks() {
  held.lock();
  held.unlock();
  return 0;
}

[[gnu::noinline]] int polls() {
  const int fd = ::epoll_create1(0);
  epoll_event event = {};
  int early = 0;
  for (int i = 0; i < 5; i++) early += ::epoll_wait(fd, &event, 1, 200) < 0 && errno == EINTR;
  ::close(fd);
  return early;
}

[[gnu::noinline]] int burns() {
  burn_until(600 * kMillisecond);
  return 0;
}

// On and off the CPU faster than any look.
[[gnu::noinline]] int naps() {
  int early = 0;
  for (int i = 0; i < 250; i++) {
    early += sleep_for(1);
    burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + kMillisecond);
  }
  return early;
}

struct Work {
  const char* name;
  int (*run)();
};
constexpr Work kWorks[] = {
    {"sleeps", sleeps}, {"locks", locks}, {"polls", polls}, {"burns", burns}, {"naps", naps}};

void* begin(void* data) {
  const auto* const work = static_cast<const Work*>(data);
  const int64_t start = clock_ns(CLOCK_MONOTONIC);
  ::pthread_setname_np(::pthread_self(), work->name);
  const int early = work->run();
  std::printf("%s %lld %lld %d\n", work->name, static_cast<long long>(clock_ns(CLOCK_MONOTONIC) - start),
              static_cast<long long>(clock_ns(CLOCK_THREAD_CPUTIME_ID)), early);
  return nullptr;
}

}  // namespace

int main() {
  held.lock();
  std::vector<pthread_t> threads;
  for (const Work& work : kWorks) {
    threads.emplace_back();
    if (::pthread_create(&threads.back(), nullptr, begin, const_cast<Work*>(&work)) != 0) return 1;
  }
  sleep_for(1000);
  held.unlock();
  for (const pthread_t thread : threads) ::pthread_join(thread, nullptr);
}
