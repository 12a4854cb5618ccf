// CPU time by samples against the kernel's own account of it.
#include <cmath>

#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

// Within 1%, or three standard errors of a count of periods where that is more. Only the first period of a
// thread has a random phase: each thread adds a variance of at most 1/4. Seeds differ by run: a false alarm
// once in 370 per case where the second bound rules; main's start, which nobody can sample, is allowed for.
void check_total(const std::vector<std::string>& shape, const char* hz, double threads) {
  const std::string period = std::to_string(1'000'000'000 / std::atoi(hz));
  const Recorded recorded = preload(shape, "kinds=cpu;cpu=" + period);
  REQUIRE(recorded.outcome.code == 0);
  const double used = std::stod(recorded.outcome.out);
  const double seen = static_cast<double>(total_weight(recorded.events[0])) / std::atof(hz);
  const double error = std::sqrt(threads / 4) / std::atof(hz);
  INFO(shape[1] << " at " << hz << " Hz: seen " << seen << " s of " << used << " s, " << 100 * seen / used
                << "%");
  if (std::getenv("PROF_SHOW") != nullptr) WARN(shape[1] << " " << hz << " " << 100 * seen / used << "%");
  CHECK(std::abs(seen - used) < std::max(0.01 * used, 3 * error) + 0.004);
  CHECK(recorded.drops == 0);
}

}  // namespace

TEST_CASE("CPU totals are getrusage's, at every rate and in every shape of program") {
  struct Shape {
    const char* name;
    const char* seconds;
    double threads;
  };
  const Shape shape = GENERATE(Shape{"one", "1", 1}, Shape{"sixteen", "2", 17}, Shape{"kernel", "1", 1},
                               Shape{"clone", "0.6", 2}, Shape{"syscall", "0.6", 2});
  for (const char* hz : {"10", "100", "250", "1000", "10000"}) {
    check_total({tool("agent_cpu"), shape.name, shape.seconds}, hz, shape.threads);
  }
}

TEST_CASE("2,000 threads of 5 ms each are counted in full") {
  for (const char* hz : {"100", "1000"}) check_total({tool("agent_cpu"), "short", "10"}, hz, 2001);
}
