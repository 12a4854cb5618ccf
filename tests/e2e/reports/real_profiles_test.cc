// Profiles that real programs made (testdata/profiles): every report beside `go tool pprof`, byte for byte.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

std::vector<std::string> profiles() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(testdata("profiles"))) {
    if (entry.is_regular_file() && entry.path().extension() != ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("real profiles look the same as in go tool pprof") {
  REQUIRE(profiles().size() >= 10);
  const bool has_peer = has_program("go");
  if (!has_peer) WARN("skipped: compared with nothing, no go on PATH");
  Run options;
  options.env["TZ"] = "UTC";
  options.directory = testdata("profiles/src");
  for (const std::string& profile : profiles()) {
    for (const char* report :
         {"-top", "-tree", "-peek=.", "-traces", "-tags", "-raw", "-list=.", "-dot", "-callgrind"}) {
      INFO(profile << " " << report);
      const Outcome ours = run({tool("prof"), "pprof", "-symbolize=none", report, profile}, options);
      if (!has_peer) {
        CHECK_FALSE(ours.timed_out);
        continue;
      }
      const Outcome theirs = run({"go", "tool", "pprof", "-symbolize=none", report, profile}, options);
      CHECK(ours.code == theirs.code);  // no function is listed where there are only addresses
      CHECK(ours.out == theirs.out);
    }
  }
}

TEST_CASE("reports leave profiles as they are, and show what their recorder had to say") {
  for (const char* name : {"prof-cpu.prof", "prof-heap.prof", "prof-mutex.prof"}) {
    const std::string path = testdata("profiles") + "/" + name, before = read(path);
    for (const char* report : {"top", "tree", "traces", "raw", "comments", "dot"}) {
      INFO(name << " " << report);
      CHECK_THAT(run({tool("prof"), report, path}).out, Catch::Matchers::Contains("truncated stacks: "));
      CHECK(read(path) == before);
    }
    CHECK_THAT(run({tool("prof"), "top", "--format=json", path}).out,
               Catch::Matchers::Contains("truncated stacks"));
    CHECK_THAT(run({tool("prof"), "top", "--format=markdown", path}).out,
               Catch::Matchers::Contains("- truncated stacks"));
  }
}
