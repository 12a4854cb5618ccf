// The storm (programs/storm.cc): what makes samplers hang or crash, all at once, at 10 kHz with every kind
// on. The long forms are run by `make soak`.
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

void weather(const char* program, const char* seconds) {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.timeout_seconds = 60 + 2 * std::atoi(seconds);
  const Outcome outcome =
      run({tool("prof"), "record", "-F", "10000", "-e", "cpu,heap,mutex", "--heap-interval", "4k",
           "--mutex-threshold", "1us", tool(program), seconds, prof::test::library("libe2e_storm_plugin.so")},
          options);
  INFO(outcome.out << outcome.err);
  CHECK_FALSE(outcome.timed_out);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::EndsWith("ok\n"));
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "throw_from") > 0);
  CHECK(total(load(directory.file("heap.prof")), "alloc_space") > 0);
  CHECK(total(load(directory.file("mutex.prof")), "delay", "contend") > 0);
}

}  // namespace

TEST_CASE("the storm, two seconds of it") { weather("e2e_storm", "2"); }

TEST_CASE("the storm under the address sanitizer, two seconds of it") { weather("e2e_storm_asan", "2"); }

TEST_CASE("the storm for a minute", "[.soak]") { weather("e2e_storm", "60"); }

TEST_CASE("the storm under the address sanitizer for a minute", "[.soak]") {
  weather("e2e_storm_asan", "60");
}
