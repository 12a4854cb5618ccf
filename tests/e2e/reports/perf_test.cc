// Recordings of the installed perf, beside what perf itself reports of them.
#include <catch2/catch.hpp>
#include <regex>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

std::string match(const std::string& text, const std::string& expression) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(expression)) ? found[1].str() : "";
}

}  // namespace

TEST_CASE("perf.data of the installed perf: totals are those of perf report, and stacks reach main") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const std::string compile = "cc -g -O1 " + source("testdata/perf/spin.c") + " -lpthread -o ";
  REQUIRE(run({"sh", "-c",
               compile + "spin -fno-omit-frame-pointer && " + compile + "spin_nofp -fomit-frame-pointer"},
              options)
              .code == 0);
  if (!has_program("perf") ||
      run({"perf", "record", "-q", "-e", "cpu-clock", "-o", "try", "true"}, options).code != 0) {
    WARN("skipped: no perf that may record");
    return;
  }
  const struct {
    const char* how;
    const char* program;
  } cases[] = {{"-g", "spin"}, {"-z -g", "spin"}, {"--call-graph dwarf,8192", "spin_nofp"}};
  for (const auto& c : cases) {
    INFO(c.how);
    const std::string record = std::string("perf record -q -e cpu-clock -F 199 -o perf.data ") + c.how +
                               " ./" + c.program + " 3000000";
    REQUIRE(run({"sh", "-c", record}, options).code == 0);
    const Outcome theirs =
        run({"perf", "report", "--stdio", "-g", "none", "--no-children", "-i", "perf.data"}, options);
    const Outcome top = run({tool("prof"), "top", "-unit=ns", "perf.data"}, options);
    CHECK(top.code == 0);
    const std::string total = match(theirs.out, "Event count \\(approx\\.\\): ([0-9]+)");
    CHECK_THAT(top.out, Contains(" of " + total + "ns total"));
    CHECK_THAT(top.out, !Contains("truncated stacks"));
    // Every stack of the program's threads ends outside of it: in the C library.
    const Outcome traces = run({tool("prof"), "traces", "perf.data"}, options);
    CHECK_THAT(traces.out, Contains("libc.so.6") || Contains("start_thread") || Contains("__libc_start"));
  }
}
