// The rows of the pprof conformance data whose format this version has: standard output byte for byte.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("text reports agree with pprof's") {
  const std::string rows = conformance("pprof/reports/rows.tsv");
  if (rows.empty()) {
    WARN("skipped: no conformance data");
    return;
  }
  const std::string directory = conformance("pprof/reports");
  const std::set<std::string> formats = {"text", "tree", "traces", "tags", "peek", "list", "comments"};
  int run_rows = 0;
  std::istringstream lines(read(rows));
  std::string line;
  std::getline(lines, line);  // the names of the columns
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::string expected, profile, flag, format, regex;
    columns >> expected >> profile;
    std::vector<std::string> flags;
    bool known = true;
    while (columns >> flag) {
      const size_t equals = flag.find('=');
      const std::string name = flag.substr(1, equals - 1);
      if (formats.contains(name)) {
        format = name;
        if (const std::string value = flag.substr(equals + 1); value != "true") regex = value;
      } else if (name == "add_comment") {
        known = false;  // of `prof pprof`, not of the reports
      } else if (name != "symbolize") {
        flags.push_back(flag);
      }
    }
    if (format.empty() || !known) continue;
    run_rows++;
    std::vector<std::string> argv = {tool("prof"), format};
    argv.insert(argv.end(), flags.begin(), flags.end());
    if (!regex.empty()) argv.push_back(regex);
    argv.push_back(directory + "/" + profile);
    Run options;
    options.directory = conformance("pprof/sources");
    options.env["TZ"] = "UTC";
    const Outcome outcome = run(argv, options);
    INFO(line);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == read(directory + "/" + expected));
  }
  CHECK(run_rows >= 10);
}
