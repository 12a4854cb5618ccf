// How much of the target's stacks the agent takes, by painting them; which of them it knows to be stacks.
#include <sys/auxv.h>

#include <algorithm>
#include <sstream>

#include "libprof/agent/alternate_stack.h"
#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {
// Of the target's own stack, below the caller of a hook that samples, the real malloc's share included.
constexpr size_t kHookStack = 4096;
}  // namespace

TEST_CASE("the handler and the hooks stay within the documented stack") {
  const Recorded recorded =
      preload({tool("agent_stack"), "use"}, "kinds=cpu,heap,mutex;cpu=100000;heap=64;mutex=1");
  REQUIRE(recorded.outcome.code == 0);
  size_t handler = 0, hooks = 0;
  std::istringstream(recorded.outcome.out) >> handler >> hooks;
  if (std::getenv("PROF_SHOW") != nullptr) WARN("handler with frame " << handler << ", hooks " << hooks);
  CHECK(recorded.events[0].size() > 50);
  CHECK(recorded.events[1].size() > 1000);
  CHECK(handler > 500);
  CHECK(handler <= ::getauxval(AT_MINSIGSTKSZ) + agent::kHandlerStack);
  CHECK(hooks > 100);
  CHECK(hooks <= kHookStack);
}

TEST_CASE("the handler of a second signal that comes on top stays within the documented stack") {
  const Recorded recorded = preload({tool("agent_stack"), "second"}, "kinds=cpu;cpu=1000000");
  REQUIRE(recorded.outcome.code == 0);
  if (std::getenv("PROF_SHOW") != nullptr) WARN("two handlers with frames " << recorded.outcome.out);
  const size_t used = std::stoul(recorded.outcome.out), frame = ::getauxval(AT_MINSIGSTKSZ);
  CHECK(recorded.events[0].size() > 50);
  CHECK(used > 500);
  CHECK(used <= frame + std::max(agent::kHandlerStack, frame + agent::kSecondHandlerStack));
}

// On the 8192 bytes that such a stack usually has, the reporter was killed, or what is below was overwritten.
TEST_CASE("a crash handler's fork and exec needed more than its alternate stack has") {
  for (const char* way : {"fork", "execve", "execvp"}) {
    INFO(way);
    const Recorded recorded = preload({tool("agent_stack"), "start", way}, "kinds=cpu");
    CHECK(recorded.outcome.code == 0);
    if (std::getenv("PROF_SHOW") != nullptr) WARN(way << " " << recorded.outcome.out);
    const size_t used = std::stoul(recorded.outcome.out);
    CHECK(used > 500);
    CHECK(used <= ::getauxval(AT_MINSIGSTKSZ) + agent::kHandlerStack);
  }
}

// At both rates: past the tick it makes perf clocks, and at any it looks at all threads.
TEST_CASE("the handler calls nothing that a program may have put in front of libc") {
  for (const char* settings : {"kinds=cpu;cpu=100000", "kinds=cpu,heap,mutex;cpu=10000000"}) {
    const Recorded recorded = preload({tool("agent_interposed"), "0.5"}, settings);
    CHECK(recorded.outcome.code == 0);
    CHECK(recorded.outcome.out == "none\n");
    CHECK(recorded.events[0].size() > 10);
  }
}

TEST_CASE("alternate signal stacks that cannot hold the handler are left alone, and nothing is lost") {
  for (const char* size : {"2048", "3700", "4096", "5000", "6704", "8192"}) {
    INFO(size);
    const Recorded recorded = preload({tool("agent_stack"), "small", size}, "kinds=cpu;cpu=1000000");
    CHECK(recorded.outcome.code == 0);
    CHECK(recorded.outcome.out == "0\n");
    CHECK(static_cast<double>(total_weight(recorded.events[0])) * 1e-3 ==
          Approx(recorded.cpu_seconds).epsilon(0.05));
  }
}

// Each as a program of its own: the first thread that is sampled teaches the agent what is below all others.
TEST_CASE("threads whose stacks libc makes were unwound by system calls, up to 70 times slower") {
  const char* kind = GENERATE("default", "attributes", "sized", "given", "c11", "timer");
  INFO(kind);
  REQUIRE(run({tool("agent_stacks"), kind}).code == 0);
  const Recorded recorded = preload({tool("agent_stacks"), kind}, "kinds=cpu,heap;cpu=1000000;heap=64");
  CHECK(recorded.outcome.code == 0);
  CHECK(recorded.events[0].size() > 3);
  CHECK(recorded.events[1].size() > 100);
}
