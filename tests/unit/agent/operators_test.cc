// Programs in which the allocator, or the C++ runtime, is not where a recorder expects it: they run as they
// do without it.
#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

void check_same(const std::vector<std::string>& argv) {
  INFO(argv[0] << " " << argv.back());
  const Outcome bare = run(argv);
  const Recorded recorded = preload(argv);
  CHECK(bare.code == 0);
  CHECK(recorded.outcome.code == bare.code);
  CHECK(recorded.outcome.out == bare.out);
  CHECK(recorded.outcome.err == bare.err);
}

std::string plugin(const char* name) { return library(std::string("libagent_operators_") + name + ".so"); }

}  // namespace

TEST_CASE("a library with a C++ runtime of its own, opened by a program in C, was killed at its first new") {
  check_same({tool("agent_operators"), plugin("static")});
}

TEST_CASE("operators new and delete of a library that a program in C opens were passed over") {
  check_same({tool("agent_operators"), plugin("own")});
}

TEST_CASE("each of many libraries with C++ in one program in C has the operators that it would have had") {
  check_same({tool("agent_operators"), plugin("own"), plugin("static"), plugin("shared")});
}

TEST_CASE("a program whose malloc and free find the real ones by dlsym crashed before main") {
  check_same({tool("agent_operators_wrapped")});
  check_same({tool("agent_operators_wrapped"), plugin("static"), plugin("own")});
}

TEST_CASE("children of a program in C hung while another thread of it looked for an operator new") {
  check_same({tool("agent_operators_fork"), plugin("pages")});
  check_same({tool("agent_operators_fork"), plugin("own"), plugin("pages")});
}
