// Programs that record themselves by prof.h.
#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::Outcome;
using prof::test::Run;

TEST_CASE(
    "a fork's child does not wait for a prof_write of its parent's, and the collector is nobody's child") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded")}, options);
  INFO(outcome.err);
  CHECK(outcome.out == "ok\n");
  CHECK(outcome.code == 0);
}

TEST_CASE("prof_write and prof_stop do not wait for ever for a collector that is stopped", "[.soak]") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "stopped"}, options);
  INFO(outcome.out);
  CHECK(outcome.code == 0);
  const std::string pid = outcome.out.substr(0, outcome.out.find('\n'));
  CHECK_THAT(outcome.out, Catch::Contains("-1 cannot write profiles: the collector, process " + pid));
  CHECK_THAT(outcome.out, Catch::Contains("-1 profiles are not written yet: the collector, process " + pid));
  // Let go on, it writes what was recorded.
  for (int i = 0; i < 500 && !std::filesystem::exists(directory.file("cpu.prof")); ++i) ::usleep(20'000);
  CHECK(std::filesystem::exists(directory.file("cpu.prof")));
}
