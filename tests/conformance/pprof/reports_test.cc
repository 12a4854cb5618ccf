// Every row of the pprof conformance data: `prof pprof` with pprof's own flags, standard output byte for
// byte.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("reports agree with pprof's") {
  const std::string rows = conformance("pprof/reports/rows.tsv");
  if (rows.empty()) {
    WARN("skipped: no conformance data");
    return;
  }
  const std::string directory = conformance("pprof/reports");
  int run_rows = 0;
  std::istringstream lines(read(rows));
  std::string line;
  std::getline(lines, line);  // the names of the columns
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::string expected, profile, flag;
    columns >> expected >> profile;
    std::vector<std::string> argv = {tool("prof"), "pprof"};
    while (columns >> flag) argv.push_back(flag);
    argv.push_back(directory + "/" + profile);
    Run options;
    options.directory = conformance("pprof/sources");
    options.env["TZ"] = "UTC";
    const Outcome outcome = run(argv, options);
    INFO(line);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == read(directory + "/" + expected));
    run_rows++;
  }
  CHECK(run_rows >= 22);
}
