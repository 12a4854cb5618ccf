// However a program ends (programs/exits.cc), it ends as it does without the recorder, and its profile is
// there.
#include <sstream>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

// As a core would take longer than all the rest.
std::vector<std::string> without_core(std::vector<std::string> argv) {
  argv.insert(argv.begin(), {"sh", "-c", "ulimit -c 0; exec \"$0\" \"$@\""});
  return argv;
}

}  // namespace

TEST_CASE("every way to end: the same status and output, a profile, and all of the CPU time") {
  const Outcome ways = run({tool("e2e_exits")});
  std::istringstream rows(ways.out);
  size_t count = 0;
  double works = 0;
  bool settles = false;
  constexpr double kMilliseconds = 40;
  for (std::string way; rows >> works >> settles && std::getline(rows >> std::ws, way); ++count) {
    TempDir directory;
    Run options;
    options.directory = directory.path();
    const Outcome bare = run(without_core({tool("e2e_exits"), way, "0"}), options);
    const Outcome recorded = run(
        without_core({tool("prof"), "record", "-F", "1000", "-e", "cpu,heap,mutex", "-o",
                      directory.file("out/"), tool("e2e_exits"), way, std::to_string(int(kMilliseconds))}),
        options);
    INFO(way << "\n" << recorded.err);
    CHECK_FALSE(recorded.timed_out);
    CHECK(recorded.code == bare.code);
    CHECK(recorded.out == bare.out);
    load(directory.file("out/heap.prof"));
    load(directory.file("out/mutex.prof"));
    // What is settled at the end is exact to a sample of 1 ms for each thread, and a pass of the loop. Where
    // nothing of ours runs at the end, what came after the kernel's last tick is missing: 4 ms, or more where
    // other processes get the ticks.
    const auto profile = load(directory.file("out/cpu.prof"));
    const double burnt = works * kMilliseconds;
    CHECK(total(profile, "cpu", "work") / 1e6 < burnt + 4);
    CHECK(total(profile, "cpu") / 1e6 > (settles ? burnt - 3 - works : 0.3 * burnt));
  }
  CHECK(count > 20);
}

TEST_CASE("the last ticks of many threads that exit_group ended were told as start-up or threads unseen") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome = run({tool("prof"), "record", tool("e2e_exits"), "exit_group", "20", "64"}, options);
  INFO(outcome.err);
  CHECK(outcome.out == "ready\n");
  CHECK_THAT(outcome.err, Catch::Contains("since their last tick"));
}
