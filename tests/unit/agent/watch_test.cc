#include "libprof/agent/watch.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

using prof::agent::Watch;

TEST_CASE("a process that is stopped has stalled, one that works has not") {
  constexpr int64_t kPatience = 300'000'000;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (;;) ::usleep(1000);
  }
  const auto stalls_within = [&](int64_t ns) {
    Watch watch(child, kPatience);
    const int64_t end = prof::agent::now_ns(CLOCK_MONOTONIC) + ns;
    while (!watch.has_stalled()) {
      if (prof::agent::now_ns(CLOCK_MONOTONIC) > end) return false;
      ::usleep(1000);
    }
    return true;
  };
  CHECK_FALSE(stalls_within(2 * kPatience));
  REQUIRE(::kill(child, SIGSTOP) == 0);
  REQUIRE(::waitpid(child, nullptr, WUNTRACED) == child);
  CHECK(stalls_within(100 * kPatience));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}
