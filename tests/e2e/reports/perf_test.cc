// Recordings of the installed perf, beside what perf itself reports of them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

std::string match(const std::string& text, const std::string& expression) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(expression)) ? found[1].str() : "";
}

// A function's shares of all time, in percent.
struct Shares {
  double own, cumulative;
};
using Functions = std::map<std::string, Shares>;

// Lines of "  76.47%   0.00%  spin  [.] heavy", of the functions that are in `program`.
Functions of_perf(const std::string& report, const std::string& program) {
  Functions functions;
  const std::regex row(R"(\s+([0-9.]+)%\s+([0-9.]+)%\s+)" + program + R"(\s+\[\.\] (\S+)\s*)");
  std::istringstream lines(report);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, found, row)) functions[found[3]] = {std::stod(found[2]), std::stod(found[1])};
  }
  return functions;
}

// Lines of "flat,flat percent,sum percent,cum,cum percent,name,..."
Functions of_top(const std::string& csv) {
  Functions functions;
  const std::regex row("[0-9.]+,([0-9.]+),[0-9.]+,[0-9.]+,([0-9.]+),([^,]+),.*");
  std::istringstream lines(csv);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, found, row)) functions[found[3]] = {std::stod(found[1]), std::stod(found[2])};
  }
  return functions;
}

}  // namespace

TEST_CASE(
    "perf.data of the installed perf: totals and functions are those of perf report, stacks reach main") {
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

    const Outcome shares = run({"perf", "report", "--stdio", "-g", "none", "--children", "--no-inline", "-F",
                                "overhead_children,overhead,dso,sym", "-i", "perf.data"},
                               options);
    const Outcome csv = run(
        {tool("prof"), "top", "--noinlines", "--nodefraction=0", "--format", "csv", "perf.data"}, options);
    const Functions functions = of_perf(shares.out, c.program), ours = of_top(csv.out);
    CHECK(functions.contains("work"));  // its callees may hide behind a leaf without frame pointer
    for (const auto& [name, share] : functions) {
      INFO(name);
      REQUIRE(ours.contains(name));
      CHECK(ours.at(name).own == Approx(share.own).margin(0.006));  // perf prints two digits
      CHECK(ours.at(name).cumulative == Approx(share.cumulative).margin(0.006));
    }

    // Every stack of the program's threads ends outside of it: in the C library.
    const Outcome traces = run({tool("prof"), "traces", "perf.data"}, options);
    CHECK_THAT(traces.out, Contains("libc.so.6") || Contains("start_thread") || Contains("__libc_start"));
  }
}

TEST_CASE("a directory that perf record --threads made was read as three profiles, of which one was one") {
  TempDir directory;
  std::filesystem::copy(testdata("perf/fp.data"), directory.file("data"));
  write(directory.file("data.0"), "");
  write(directory.file("data.1"), "");
  const Outcome whole = run({tool("prof"), "top", "--symbolize=none", directory.path()});
  CHECK(whole.code == 0);
  CHECK(whole.err == "");
  CHECK(whole.out == run({tool("prof"), "top", "--symbolize=none", testdata("perf/fp.data")}).out);
  write(directory.file("data.1"), std::string(8, '\0'));
  const Outcome broken = run({tool("prof"), "top", "--symbolize=none", directory.path()});
  CHECK(broken.code == 1);
  CHECK_THAT(broken.err, Contains("cannot read " + directory.path() + ": one of its records has no size"));
}
