// `prof flame` as users run it.
#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/unit/flamegraph/sample_profile.h"

using prof::test::TempDir;

namespace {

prof::test::Outcome flame(const std::string& directory, std::vector<std::string> args) {
  args.insert(args.begin(), {prof::test::tool("prof"), "flame"});
  prof::test::Run options;
  options.directory = directory;
  return prof::test::run(args, options);
}

}  // namespace

TEST_CASE("prof flame writes the format that is asked for, by name or by flag") {
  const TempDir directory;
  prof::test::write(directory.file("cpu.prof"),
                    prof::encode_profile(prof::test::folded_profile("main;work 5\nmain 3")));
  struct Case {
    std::vector<std::string> args;
    const char* output;
    const char* begin;
    const char* contains;
  };
  const Case cases[] = {
      {{"cpu.prof"}, "flame.html", "<!doctype html>", "\"self\":[0,3,5]"},
      {{"cpu.prof", "-o", "a.svg"}, "a.svg", "<?xml", ">work\ntotal 5ns (62.50% of total"},
      {{"cpu.prof", "-o", "a.folded"}, "a.folded", "main 3\n", "main;work 5\n"},
      {{"cpu.prof", "-o", "a.txt", "--format", "folded"}, "a.txt", "main 3\n", "main;work 5\n"},
      {{"cpu.prof", "-o", "t.svg", "--title", "a <b> & c"}, "t.svg", "<?xml", "a &lt;b&gt; &amp; c"},
      {{"cpu.prof", "-o", "f.svg", "--focus", "work"}, "f.svg", "<?xml", "cpu 5ns of 8ns"},
      {{"cpu.prof", "-o", "i.svg", "--icicle"}, "i.svg", "<?xml", "data-icicle=\"1\""},
      {{"cpu.prof", "-o", "d.svg", "-title", "one dash", "-focus=work"},
       "d.svg",
       "<?xml",
       ">one dash</text>"},
      {{"cpu.prof", "-o", "p.svg", "--min-percent", "99"}, "p.svg", "<?xml", "(other: 1 frame)"},
  };
  for (const Case& c : cases) {
    INFO(c.output);
    const auto run = flame(directory.path(), c.args);
    CHECK(run.code == 0);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::StartsWith(std::string("Wrote ") + c.output));
    const std::string text = prof::test::read(directory.file(c.output));
    CHECK_THAT(text, Catch::StartsWith(c.begin));
    CHECK_THAT(text, Catch::Contains(c.contains));
  }
  const auto piped = flame(directory.path(), {"cpu.prof", "-o", "-", "--format", "folded"});
  CHECK(piped.out == "main 3\nmain;work 5\n");
  CHECK(piped.err.empty());
}

TEST_CASE("prof flame says what is wrong and leaves no file") {
  const TempDir directory;
  prof::test::write(directory.file("cpu.prof"), prof::encode_profile(prof::test::folded_profile("main 3")));
  prof::test::write(directory.file("garbage.prof"), "garbage");
  struct Case {
    std::vector<std::string> args;
    int code;
    const char* message;
  };
  const Case cases[] = {
      {{"none.prof"}, 1, "none.prof"},
      {{"garbage.prof"}, 1, "garbage.prof"},
      {{"cpu.prof", "-o", "a.png"}, 1, "end it in .html, .svg or .folded, or say --format"},
      {{"cpu.prof", "-o", "none/a.svg"}, 1, "create its directory first"},
      {{"cpu.prof", "-o", "a.svg", "--sample-index", "no"}, 1, "'no'"},
      {{"cpu.prof", "-o", "a.svg", "--focus", "("}, 1, "focus"},
      {{"cpu.prof", "--format", "gif"}, 2, "gif"},
      {{"cpu.prof", "--min-percent", "101"}, 2, "101"},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    const auto run = flame(directory.path(), c.args);
    CHECK(run.code == c.code);
    CHECK_THAT(run.out + run.err, Catch::Contains(c.message));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 2);
}
