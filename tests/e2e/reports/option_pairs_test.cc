// Options that are right alone and were wrong together: found by running random command lines beside `go tool
// pprof`. Each row names a line that was missing; where Go is installed, all of the output is compared.
#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

TEST_CASE("options together print what go tool pprof prints") {
  const std::string heap = testdata("profiles/gperftools.heap"), mutex = testdata("profiles/prof-mutex.prof"),
                    cpu = testdata("profiles/go-cpu.pb.gz"), native = testdata("profiles/gperftools.cpu");
  const struct {
    const char* was;
    std::vector<std::string> arguments;
    const char* line;
  } kCases[] = {
      {"a sample type's switch took the mean away",
       {"-top", "-mean", "-alloc_objects", heap},
       "Type: mean_alloc_objects\n"},
      {"-mean_delay beside a sample type is a mean all the same",
       {"-top", "-sample_index=2", "-mean_delay", heap},
       "Type: mean_inuse_objects\n"},
      {"tags that were joined were ordered by sums, not by the means shown",
       {"-dot", "-mean", "-sample_index=alloc_objects", heap},
       "NN1_1 [label = \"289B\""},
      {"columns of lines whose inlined calls are left out",
       {"-raw", "-noinlines", mutex},
       "/opt/shapes/src/shapes.cc:37:0 "},
      {"a total of the base alone, though its tag is not shown",
       {"-top", "-tagshow=thread", "-relative_percentages", "-diff_base=" + mutex, mutex},
       "Total samples = 214.37ms"},
      {"frames of a tag at both ends were numbered from the leaf",
       {"-raw", "-tagroot=tid", "-tagleaf=thread", testdata("profiles/prof-heap.prof")},
       "     7: 0x0 13808 tid:0:0 s=0()\n"},
      {"an empty part of a tag filter was left out",
       {"-top", "-tagignore=size=,", cpu},
       "Showing nodes accounting for 0.04s, 3.08% of 1.30s total"},
      {"show_from began at a frame that was hidden",
       {"-top", "-hide=x", "-show_from=x", native},
       "Showing nodes accounting for 0, 0% of 1.96s total"},
  };
  const bool has_peer = has_program("go");
  if (!has_peer) WARN("skipped: compared with nothing, no go on PATH");
  Run options;
  options.env["TZ"] = "UTC";
  for (const auto& one : kCases) {
    INFO(one.was);
    std::vector<std::string> ours = {tool("prof"), "pprof", "-symbolize=none"},
                             theirs = {"go", "tool", "pprof", "-symbolize=none"};
    ours.insert(ours.end(), one.arguments.begin(), one.arguments.end());
    theirs.insert(theirs.end(), one.arguments.begin(), one.arguments.end());
    const std::string out = run(ours, options).out;
    CHECK_THAT(out, Contains(one.line));
    if (has_peer) CHECK(out == run(theirs, options).out);
  }
}
