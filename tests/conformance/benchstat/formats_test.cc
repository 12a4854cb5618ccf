// Real outputs of other tools are read without a complaint.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("every output of the formats folder is read") {
  const std::string folder = conformance("formats");
  if (folder.empty()) {
    WARN("skipped: no conformance data beside the checkout");
    return;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Outcome outcome = run({tool("benchcmp"), "--format", "csv", entry.path().string()});
    CAPTURE(entry.path().filename().string(), outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find("sec/op") != std::string::npos);
    files++;
  }
  CHECK(files > 0);
}

TEST_CASE("Catch2, cargo and criterion outputs have their benchmarks and values") {
  const std::string folder = conformance("formats");
  if (folder.empty()) return;
  const std::pair<const char*, const char*> cases[] = {
      {"catch2_output_v2.txt", "\nFibonacci/Fibonacci 10,3.44"},
      {"catch2_output_v3.txt", "\nMore Fibonacci/Fibonacci~ 5!,3.6"},
      {"cargo_output.txt", "\nbench_fib_20,1.8149"},
      {"criterion_output.txt", "\nFibonacci (Execution),0.001672496"},
      {"pytest_output.json", "\nbench.py::test_fib_10,2."}};
  for (const auto& [file, line] : cases) {
    CHECK_THAT(run({tool("benchcmp"), "--format", "csv", folder + "/" + file}).out, Catch::Contains(line));
  }
}
