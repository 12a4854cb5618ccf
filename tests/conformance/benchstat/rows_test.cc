// Every case of conformance/benchstat: our standard output is benchstat's, byte for byte.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace

TEST_CASE("benchcmp prints what benchstat prints") {
  const std::string directory = conformance("benchstat");
  if (directory.empty()) {
    WARN("skipped: no conformance data beside the checkout");
    return;
  }
  const auto rows = split(read(directory + "/rows.tsv"), '\n');
  REQUIRE(rows.size() > 1);
  for (size_t i = 1; i < rows.size(); i++) {
    const auto row = split(rows[i], '\t');
    REQUIRE(row.size() == 2);
    std::vector<std::string> argv = {tool("benchcmp")};
    for (const auto& argument : split(row[1], ' ')) argv.push_back(argument);
    Run options;
    options.directory = directory;
    const Outcome outcome = run(argv, options);
    CAPTURE(rows[i]);
    CHECK(outcome.out == read(directory + "/" + row[0]));
    CHECK(outcome.code == 0);
  }
}
