// Every way to set what a signal does, with every set of flags, and every way to wait for one
// (agent_matrix.c): the program's log is the same with the agent and without it.
#include <sstream>

#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

// A SIGPROF that the program's own handler of it raises has to wait, and may meet one of the agent's that
// waits: the two count as one. What depends on that is left out.
bool may_meet_ours(const std::string& line) { return line.starts_with("raised"); }

std::vector<std::string> lines_of(const Outcome& outcome) {
  std::vector<std::string> lines;
  std::istringstream text(outcome.out);
  bool is_sigprof = true;  // the first half of the log
  for (std::string line; std::getline(text, line);) {
    is_sigprof &= !line.starts_with("queued USR1");
    if (!is_sigprof || !may_meet_ours(line)) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE(
    "what a program sees of signals is the same with the agent, whatever it sets and however it waits") {
  const Outcome bare = run({tool("agent_matrix")});
  REQUIRE(bare.code == 0);
  CHECK_THAT(bare.out, Catch::EndsWith("end\n"));
  const Recorded recorded = preload({tool("agent_matrix")}, "kinds=cpu;cpu=1000000");
  CHECK(recorded.outcome.code == 0);
  const auto expected = lines_of(bare), seen = lines_of(recorded.outcome);
  REQUIRE(expected.size() > 500);
  REQUIRE(seen.size() == expected.size());
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == expected[i]);
}
