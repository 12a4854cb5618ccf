// What the reports say, and how they exit, where there is nothing to report.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;

TEST_CASE("bad input gets one clear message") {
  TempDir directory;
  const std::string good = directory.file("good.prof"), text = directory.file("notes.txt"),
                    cut = directory.file("cut.prof"), empty = directory.file("empty.prof"),
                    perf = directory.file("perf.data");
  const std::string profile = prof::encode_profile(program());
  write(good, profile);
  write(cut, profile.substr(0, profile.size() / 2));
  write(text, "buy milk\n");
  write(empty, "");
  write(perf, "PERFILE2 and more");
  const struct {
    std::vector<std::string> args;
    int code;
    const char* message;
  } cases[] = {
      {{"top"}, 2, "prof: `prof top` needs a profile; for example `prof top cpu.prof`"},
      {{"list", good},
       2,
       "prof: `prof list` needs a function and a profile; for example `prof list main cpu.prof`"},
      {{"top", directory.file("none")}, 1, "No such file or directory; check the path"},
      {{"top", directory.path()}, 1, "it is a directory; name a file"},
      {{"top", text}, 1, "it is text, not a pprof profile"},
      {{"top", cut}, 1, "its gzip data is cut short"},
      {{"top", empty}, 1, "it is empty"},
      {{"top", perf}, 1, "it is a perf.data file"},
      {{"top", "--max_inflated=10", good}, 1, "it decompresses to more than 10 bytes"},
      {{"list", "nowhere", good}, 1, "no function matches 'nowhere'"},
      {{"peek", "nowhere", good}, 1, "no function matches 'nowhere'"},
      {{"list", "a(b", good}, 1, "as a regular expression: missing ): a(b"},
      {{"top", "-sample_index=wall", good}, 1, "sample_index is one of samples, cpu, or 0 to 1"},
      {{"top", "-nodecount=many", good}, 2, "nodecount cannot be 'many'; it is a number"},
      {{"top", "-sort=size", good}, 2, "sort cannot be 'size'; it is one of flat, cum"},
      {{"top", "-nosuchoption", good}, 2, "-nosuchoption"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> argv = {tool("prof")};
    argv.insert(argv.end(), c.args.begin(), c.args.end());
    const Outcome outcome = run(argv);
    INFO(Catch::StringMaker<std::vector<std::string>>::convert(c.args));
    CHECK(outcome.code == c.code);
    CHECK_THAT(outcome.err, Contains(c.message));
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a filter that matches nothing warns and the report is still printed") {
  TempDir directory;
  write(directory.file("good.prof"), prof::encode_profile(program()));
  const Outcome outcome = run({tool("prof"), "top", "-focus=nowhere", directory.file("good.prof")});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "prof: warning: focus 'nowhere' matched no samples\n");
  CHECK_THAT(outcome.out, Contains("Showing nodes accounting for 0, 0% of 100ms total"));
}

TEST_CASE("a profile is read from standard input, and a full device is an error") {
  Run options;
  options.input = prof::encode_profile(program());
  const Outcome outcome = run({tool("prof"), "text", "-"}, options);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("walk"));
  TempDir directory;
  write(directory.file("good.prof"), options.input);
  const Outcome full =
      run({"sh", "-c", tool("prof") + " top " + directory.file("good.prof") + " > /dev/full"});
  CHECK(full.code == 1);
  CHECK_THAT(full.err, Contains("cannot write standard output: No space left on device"));
}
