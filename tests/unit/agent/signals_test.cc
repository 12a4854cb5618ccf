// The target's own signals, with the agent's among them: what POSIX promises holds, whatever is sampled.
#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

TEST_CASE("a program's own use of SIGPROF, masks and handlers is as without the agent") {
  const char* name = GENERATE("waited_for", "sent_blocked", "own_handler", "own_timer", "vforked",
                              "pending_exec", "exec_in_handler");
  INFO(name);
  CHECK(run({tool("agent_signals"), name}).out.ends_with("ok\n"));
  for (const char* period : {"10000000", "100000"}) {
    const Recorded recorded =
        preload({tool("agent_signals"), name}, "kinds=cpu,heap,mutex;cpu=" + std::string(period));
    CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
    CHECK(recorded.outcome.code == 0);
  }
}

TEST_CASE(
    "a program's handlers of other signals run on its own stack, and may leave by longjmp, among samples") {
  const char* name = GENERATE("interrupted", "interrupted_with_handler", "interrupted_after_reset");
  INFO(name);
  const Recorded recorded = preload({tool("agent_signals"), name}, "kinds=cpu;cpu=100000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(1e-4 * static_cast<double>(total_weight(recorded.events[0])) ==
        Approx(recorded.cpu_seconds).epsilon(0.03));
  CHECK(recorded.drops == 0);
}

TEST_CASE("registers, FP and SSE state, errno and masks survive 10,000 signals a second") {
  const Recorded recorded = preload({tool("agent_signals"), "untouched"}, "kinds=cpu;cpu=100000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.events[0].size() > 150);
}

TEST_CASE("all of the processor's state that XSAVE knows of is the same after samples as before") {
  const Recorded recorded = preload({tool("agent_signals"), "extended_state"}, "kinds=cpu;cpu=100000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.events[0].size() > 150);
}

TEST_CASE("threads that block all signals are sampled, and read back the masks they set") {
  const Recorded recorded = preload({tool("agent_signals"), "blocked"}, "kinds=cpu;cpu=1000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.outcome.code == 0);
  std::map<uint32_t, size_t> samples;
  for (const auto& event : recorded.events[0]) ++samples[event.event.tid];
  size_t busy = 0;
  // 75 ticks of 4 ms each at 250 Hz; where they wait until unblocked, they come as one.
  for (const auto& [tid, count] : samples) busy += count > 30;
  CHECK(busy == 2);
}
