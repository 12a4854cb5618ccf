// Programs under the address sanitizer: what it says of them is the same with the agent.
#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

Outcome sanitized(const char* what, const std::string& suppressions, bool recorded) {
  const TempDir directory;
  write(directory.file("suppressions"), suppressions);
  Run options;
  options.env["LSAN_OPTIONS"] = "suppressions=" + directory.file("suppressions") + ":print_suppressions=0";
  if (recorded) {
    options.env["LD_PRELOAD"] = library("libprof.so");
    options.env["PROF_AGENT"] = "dir=" + directory.path() + ";" + kAll;
  }
  return run({tool("agent_sanitized"), what}, options);
}

}  // namespace

TEST_CASE("a sanitizer's stacks lacked the caller of malloc, so that a suppression of it had no effect") {
  for (const bool recorded : {false, true}) {
    INFO(recorded);
    const Outcome suppressed = sanitized("leak", "leak:^leak$\n", recorded);
    INFO(suppressed.err);
    CHECK(suppressed.code == 0);
    CHECK(suppressed.err == "");
    CHECK(sanitized("leak", "leak:nothing\n", recorded).code != 0);
  }
}

TEST_CASE("a sanitizer's stacks lacked the caller of pthread_create") {
  for (const bool recorded : {false, true}) {
    const Outcome outcome = sanitized("thread", "", recorded);
    INFO(outcome.err);
    const size_t created = outcome.err.find("created by");
    REQUIRE(created != std::string::npos);
    CHECK(outcome.err.find(" in make_thread ", created) != std::string::npos);
  }
}

TEST_CASE("the loader's memory for a thread of a timer's notifications was reported as a leak") {
  for (const bool recorded : {false, true}) {
    const Outcome outcome = sanitized("timer", "", recorded);
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
  }
}
