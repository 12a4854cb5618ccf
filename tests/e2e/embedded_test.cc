// Programs that record themselves by prof.h.
#include <catch2/catch.hpp>

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
