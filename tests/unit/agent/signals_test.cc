// The target's own signals, with the agent's among them: what POSIX promises holds, whatever is sampled.
#include <algorithm>
#include <cstring>

#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

// Samples that gprof's counters hold: of GMON_TAG_TIME_HIST's 16-bit ones, past the header of gmon_out.h.
uint64_t gprof_samples(const std::string& directory) {
  uint64_t samples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string bytes = read(entry.path());
    uint32_t count = 0;
    REQUIRE(bytes.size() > 61);
    REQUIRE(bytes[20] == 0);
    std::memcpy(&count, &bytes[37], sizeof count);
    REQUIRE(bytes.size() >= 61 + 2 * count);
    for (uint32_t i = 0; i < 2 * count; i++) {
      samples += static_cast<uint64_t>(static_cast<uint8_t>(bytes[61 + i])) << (i % 2 * 8);
    }
  }
  return samples;
}

// Periods of a thread that is not sampled any more come as one, at its end; on a busy machine a few do so.
uint64_t most_in_one(const std::vector<Stack>& events) {
  uint64_t most = 0;
  for (const auto& event : events) most = std::max<uint64_t>(most, event.event.weight);
  return most;
}

}  // namespace

TEST_CASE("a program's own use of SIGPROF, masks and handlers is as without the agent") {
  const char* name =
      GENERATE("waited_for", "sent_blocked", "own_handler", "own_timer", "vforked", "pending_exec",
               "exec_in_handler", "past_hooks", "all_but_prof", "blocked_children");
  INFO(name);
  CHECK(run({tool("agent_signals"), name}).out.ends_with("ok\n"));
  for (const char* period : {"10000000", "100000"}) {
    const Recorded recorded =
        preload({tool("agent_signals"), name}, "kinds=cpu,heap,mutex;cpu=" + std::string(period));
    CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
    CHECK(recorded.outcome.code == 0);
  }
}

TEST_CASE("a program that blocks all signals was killed by SIGSTKFLT, once a SIGPROF waited") {
  CHECK(run({tool("agent_signals"), "both_sent_blocked"}).out.ends_with("ok\n"));
  const Recorded recorded = preload({tool("agent_signals"), "both_sent_blocked"}, "kinds=cpu;cpu=1000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.outcome.code == 0);
}

TEST_CASE("what a program that ignores SIGPROF starts did not ignore it") {
  CHECK(run({tool("agent_signals"), "ignoring_children"}).out.ends_with("ok\n"));
  const Recorded recorded = preload({tool("agent_signals"), "ignoring_children"}, "kinds=cpu;cpu=10000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(most_in_one(recorded.events[0]) < 15);  // of 80
}

TEST_CASE("a program's setitimer interrupted the sleep of other threads, and counted there") {
  CHECK(run({tool("agent_signals"), "own_timer_beside_sleepers"}).out.ends_with("ok\n"));
  const Recorded recorded =
      preload({tool("agent_signals"), "own_timer_beside_sleepers"}, "kinds=cpu;cpu=1000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.events[0].size() > 50);
  CHECK(1e-3 * static_cast<double>(total_weight(recorded.events[0])) ==
        Approx(recorded.cpu_seconds).margin(0.03));
}

// Three wait at once: both of the program's timers, and ours.
TEST_CASE("a program's own timer of a thread's CPU time lost a part of its signals beside its setitimer") {
  CHECK(run({tool("agent_signals"), "own_timer_of_thread"}).out.ends_with("ok\n"));
  for (const char* period : {"10000000", "1000000", "100000"}) {
    CAPTURE(period);
    const Recorded recorded =
        preload({tool("agent_signals"), "own_timer_of_thread"}, std::string("kinds=cpu;cpu=") + period);
    CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
    CHECK(recorded.events[0].size() > 50);
    CHECK(1e-9 * std::stod(period) * static_cast<double>(total_weight(recorded.events[0])) ==
          Approx(recorded.cpu_seconds).margin(0.03));
  }
}

TEST_CASE(
    "a thread whose mask a handler's end, longjmp or another context changed was not sampled any more") {
  const Recorded recorded =
      preload({tool("agent_signals"), "past_hooks_with_handler"}, "kinds=cpu;cpu=10000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(most_in_one(recorded.events[0]) < 30);  // of 100
}

TEST_CASE("what a vfork's child did to its mask and its alternate stack was done to its parent's thread") {
  CHECK(run({tool("agent_signals"), "vforked_apart"}).out.ends_with("ok\n"));
  const Recorded recorded = preload({tool("agent_signals"), "vforked_apart"}, "kinds=cpu;cpu=10000000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(most_in_one(recorded.events[0]) < 30);  // of 100
}

TEST_CASE("a CPython program that has a handler of SIGPROF was not sampled from its first child on") {
  const std::string program =
      "import signal, subprocess, time\n"
      "def burn(seconds):\n"
      "  end = time.process_time() + seconds\n"
      "  while time.process_time() < end: pass\n"
      "signal.signal(signal.SIGPROF, lambda *_: None)\n"
      "burn(0.1)\n"
      "subprocess.run(['/bin/true'])\n"
      "burn(0.9)\n";
  const Recorded recorded = preload({"python3", "-c", program}, "kinds=cpu;cpu=10000000");
  if (recorded.outcome.code == 127) {
    WARN("skipped: no python3");
    return;
  }
  CHECK(recorded.outcome.code == 0);
  CHECK(most_in_one(recorded.events[0]) < 30);  // of 100
}

TEST_CASE("after prof_stop SIGPROF stayed ignored, in the program's children too, and its mask hidden") {
  const char* name = GENERATE("stopped", "blocked_children");
  CHECK(run({tool("agent_signals"), name}).out.ends_with("ok\n"));
  const TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env = {
      {"LD_PRELOAD", library("libprof.so")}, {"PROF_TOOL", "/bin/false"}, {"TMPDIR", directory.path()}};
  const Outcome outcome = run({tool("agent_signals"), name}, options);
  CHECK_THAT(outcome.out, Catch::EndsWith("ok\n"));
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

TEST_CASE("in a program built with -pg, or that calls profil, samples ended, and its counters had ours too") {
  for (const char* period : {"10000000", "1000000"}) {
    const std::string what = "kinds=cpu;cpu=" + std::string(period);
    const TempDir directory;
    const std::string prefix = "GMON_OUT_PREFIX=" + directory.path() + "/gmon";
    const Recorded linked = preload({"env", prefix, tool("agent_gprof"), "one", "0.4"}, what);
    const Recorded called = preload({tool("agent_signals"), "profiled"}, what);
    CHECK_THAT(called.outcome.out, Catch::EndsWith("ok\n"));
    for (const Recorded& recorded : {linked, called}) {
      CHECK(recorded.outcome.code == 0);
      CHECK(recorded.events[0].size() > 20);
      CHECK(1e-9 * std::atof(period) * static_cast<double>(total_weight(recorded.events[0])) ==
            Approx(recorded.cpu_seconds).margin(0.05));
    }
    CHECK(gprof_samples(directory.path()) < 52);  // of 40, one each 10 ms
  }
}

TEST_CASE("registers, FP and SSE state, errno and masks survive 10,000 signals a second") {
  const Recorded recorded = preload({tool("agent_signals"), "untouched"}, "kinds=cpu;cpu=100000");
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.events[0].size() > 150);
}

TEST_CASE("the agent raised floating-point exceptions in the program, which killed one that traps them") {
  const Recorded recorded = preload({tool("agent_signals"), "raised_nothing"});
  CHECK_THAT(recorded.outcome.out, Catch::EndsWith("ok\n"));
  CHECK(recorded.outcome.code == 0);
  CHECK(recorded.events[1].size() > 100);
  CHECK_FALSE(recorded.events[2].empty());
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

TEST_CASE("a program under a tracer that sends its signals again, as ltrace does, was killed by SIGPROF") {
  const std::vector<std::string> traced = {tool("agent_tracer"), tool("agent_cpu"), "one", "0.3"};
  REQUIRE(run(traced).code == 0);
  const Recorded recorded = preload(traced, "kinds=cpu;cpu=10000000");
  REQUIRE(recorded.outcome.code == 0);
  CHECK(1e-2 * static_cast<double>(total_weight(recorded.events[0])) ==
        Approx(recorded.cpu_seconds).margin(0.05));
  // One that no tracer sent kills as ever.
  CHECK(preload({"sh", "-c", "kill -PROF $$"}, "kinds=cpu").outcome.code != 0);
}
