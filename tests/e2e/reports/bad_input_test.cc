// What the reports say, and how they exit, where there is nothing to report.
#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/profile/codec.h"
#include "libprof/profile/profile.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

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
      {{"top", text}, 1, "it is text, not a pprof profile"},
      {{"top", cut}, 1, "its gzip data is cut short"},
      {{"top", empty}, 1, "it is empty"},
      {{"top", perf}, 1, "perf.data: its header is cut short"},
      {{"top", "--max_inflated=10", good}, 1, "it decompresses to more than 10 bytes"},
      {{"list", "nowhere", good}, 1, "no function matches 'nowhere'"},
      {{"peek", "nowhere", good}, 1, "no function matches 'nowhere'"},
      {{"list", "a(b", good}, 1, "as a regular expression: missing ): a(b"},
      {{"top", "-sample_index=wall", good}, 1, "sample_index is one of samples, cpu, or 0 to 1"},
      {{"top", "-nodecount=many", good}, 2, "nodecount cannot be 'many'; it is a number"},
      {{"top", "-sort=size", good}, 2, "sort cannot be 'size'; it is one of flat, cum"},
      {{"top", "-nosuchoption", good}, 2, "-nosuchoption"},
      {{"tpo", good}, 2, "prof: there is no command 'tpo'; `prof --help` lists them"},
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

TEST_CASE("more than memory holds aborted prof without a message") {
  TempDir directory;
  write(directory.file("large.prof"), "");
  std::filesystem::resize_file(directory.file("large.prof"), 400 << 20);
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  const Outcome outcome = run({"sh", "-c", "ulimit -v 300000; exec \"$PROF\" top large.prof"}, options);
#ifndef __SANITIZE_ADDRESS__  // which needs terabytes of addresses
  CHECK(outcome.code == 1);
  CHECK(outcome.err == "prof: there is not enough memory for this; see ulimit -v, or give it less at once\n");
#endif
}

TEST_CASE("a thread that decompresses and gets no memory aborted prof") {
#ifndef __SANITIZE_ADDRESS__
  Run options;
  options.env["PROF"] = tool("prof");
  options.env["PROFILE"] = testdata("profiles/prof-cpu.prof");
  // Between too little for the program and enough for all.
  for (int kibibytes = 60'000; kibibytes <= 180'000; kibibytes += 10'000) {
    const std::string limit = "ulimit -v " + std::to_string(kibibytes);
    const Outcome outcome = run({"sh", "-c", limit + "; exec \"$PROF\" top \"$PROFILE\""}, options);
    CAPTURE(limit, outcome.err);
    CHECK((outcome.code == 0 || outcome.code == 1));
    if (outcome.code == 1) CHECK_THAT(outcome.err, StartsWith("prof: there is not enough memory for this"));
  }
#endif
}

TEST_CASE("prof diff --fail-on told the range of its numbers in six hundred digits") {
  for (const char* bad : {"many", "-5", "inf", "nan"}) {
    INFO(bad);
    const Outcome outcome =
        run({tool("prof"), "diff", std::string("--fail-on=") + bad, "old.prof", "new.prof"});
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("prof: --fail_on: '" + std::string(bad) + "' is not a number from 0 up\n"));
  }
}

TEST_CASE("prof diff called the totals that it compares means") {
  for (const char* mean : {"--mean", "--mean_delay"}) {
    const Outcome outcome = run({tool("prof"), "diff", mean, "old.prof", "new.prof"});
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, StartsWith("prof: prof diff compares totals, and no means"));
  }
}

TEST_CASE("prof diff shows all rows with --trim=false, and small ones unless --nodefraction says") {
  TempDir directory;
  const std::string path = directory.file("a.prof");
  write(path, prof::encode_profile(program()));
  const auto diff = [&](const char* option) { return run({tool("prof"), "diff", option, path, path}).out; };
  CHECK_THAT(diff("--nodecount=1"), Contains("showing 1"));
  CHECK_THAT(run({tool("prof"), "diff", "--nodecount=1", "--trim=false", path, path}).out,
             !Contains("showing"));
  CHECK_THAT(diff("--nodefraction=1.1"), Contains("showing 0"));
}

TEST_CASE("a filter that matches nothing warns and the report is still printed") {
  TempDir directory;
  write(directory.file("good.prof"), prof::encode_profile(program()));
  const Outcome outcome = run({tool("prof"), "top", "-focus=nowhere", directory.file("good.prof")});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.ends_with("prof: warning: focus 'nowhere' matched no samples\n"));
  CHECK_THAT(outcome.out, Contains("Showing nodes accounting for 0, 0% of 100ms total"));
}

TEST_CASE("prof diff --fail-on passed for ever where a filter matched nothing") {
  TempDir directory;
  const std::string one = directory.file("one.prof"), mystery = directory.file("mystery.prof");
  write(one, prof::encode_profile(program()));
  REQUIRE(run({tool("prof"), "proto", "--focus=mystery", "--output=" + mystery, one}).code == 0);
  struct Case {
    std::vector<std::string> options;
    const char* old;
    int code;
    const char* warning;
  };
  const auto [options, old, code, warning] = GENERATE(
      Case{{"--focus=nowhere"}, "one.prof", 0, "prof: warning: focus 'nowhere' matched no samples\n"},
      Case{{"--focus=nowhere", "--fail-on=5"}, "one.prof", 1, "the filters leave no sample of either side"},
      Case{{"--hide=.", "--fail-on=5"}, "one.prof", 1, "the filters leave no sample of either side"},
      Case{{"--ignore=nowhere", "--fail-on=5"}, "one.prof", 0, "ignore 'nowhere' matched no samples"},
      Case{{"--focus=hash", "--fail-on=5"}, "one.prof", 0, ""},
      Case{{"--focus=hash", "--fail-on=500"}, "mystery.prof", 0, ""});  // on one side
  std::vector<std::string> command = {tool("prof"), "diff", "--symbolize=none"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {directory.file(old), one});
  const Outcome outcome = run(command);
  INFO(options[0] << ": " << outcome.err);
  CHECK(outcome.code == code);
  CHECK_THAT(outcome.err, Contains(warning));
  if (*warning == '\0') CHECK(outcome.err.empty());
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
  CHECK_THAT(full.err, Contains("cannot write to standard output: No space left on device"));
}

TEST_CASE("prof pprof fails as pprof does: exit 2, one line") {
  TempDir directory;
  const std::string good = directory.file("good.prof");
  write(good, prof::encode_profile(program()));
  const struct {
    std::vector<std::string> args;
    const char* message;
  } cases[] = {
      {{"-top"}, "pprof: no profile source specified\n"},
      {{"-top", "-lines", "-files", good}, "pprof: conflicting options set: [files lines]\n"},
      {{"-top", "-flat", "-cum", good}, "pprof: conflicting options set: [cum flat]\n"},
      {{"-top", "-tree", good}, "pprof: must set at most one output format\n"},
      {{"-nosuch", good}, "pprof: flag provided but not defined: -nosuch"},
      {{"-top=maybe", good}, "pprof: invalid boolean value \"maybe\" for -top\n"},
      {{"-top", "-focus"}, "pprof: flag needs an argument: -focus\n"},
      {{"-top", "-normalize", good}, "pprof: must have base profile to normalize by\n"},
      {{"-top", "-base=x", "-diff_base=y", good},
       "pprof: -base and -diff_base flags cannot both be specified\n"},
      {{"-top", directory.file("none")}, "No such file or directory"},
      {{"-http=:0", "-top", good},
       "pprof: -http is not compatible with an output format on the command line\n"},
      {{"-http=nowhere", good}, "pprof: \"nowhere\" is no address to listen on"},
      {{"-no_browser", good}, "pprof: -no_browser only makes sense with -http\n"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> argv = {tool("prof"), "pprof"};
    argv.insert(argv.end(), c.args.begin(), c.args.end());
    const Outcome outcome = run(argv);
    INFO(Catch::StringMaker<std::vector<std::string>>::convert(c.args));
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(c.message));
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("of two older names of sample types the first typed counted; in pprof the order is fixed") {
  TempDir directory;
  const std::string heap = directory.file("heap.prof");
  prof::ProfileBuilder builder;
  for (const char* type : {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"})
    builder.add_sample_type(type, "count");
  const int64_t values[] = {1, 2, 3, 4};
  const uint32_t stack[] = {builder.add_location({}, {})};
  builder.add_sample(stack, values);
  write(heap, prof::encode_profile(std::move(builder).finish()));
  for (const auto& command : {std::vector<std::string>{"pprof", "-top"}, {"top"}}) {
    std::vector<std::string> args = {tool("prof")};
    args.insert(args.end(), command.begin(), command.end());
    args.insert(args.end(), {"-alloc_space", "-inuse_objects", heap});
    const Outcome outcome = run(args);
    CAPTURE(args);
    CHECK_THAT(outcome.out, Contains("Type: inuse_objects"));
    CHECK_THAT(outcome.err, Contains("Multiple value selections, ignoring -alloc_space\n"));
    args.insert(args.end() - 1, "-sample_index=alloc_objects");
    CHECK_THAT(run(args).out, Contains("Type: alloc_objects"));
  }
}

TEST_CASE("two granularities or orders of one report conflict: the last one counted") {
  TempDir directory;
  const std::string good = directory.file("good.prof");
  write(good, prof::encode_profile(program()));
  const Outcome two = run({tool("prof"), "top", "--lines", "--files", good});
  CHECK(two.code == 2);
  CHECK_THAT(two.err, Contains("--lines and --files conflict") || Contains("--files and --lines conflict"));
  CHECK(run({tool("prof"), "top", "--sort=flat", "--cum", good}).code == 2);
  CHECK(run({tool("prof"), "top", "--lines", "--granularity=lines", "--cum", good}).code == 0);
}

TEST_CASE("files and patterns are merged; those that cannot be read are named") {
  TempDir directory;
  write(directory.file("a.prof"), prof::encode_profile(program()));
  write(directory.file("b.prof"), prof::encode_profile(program()));
  const Outcome both = run({tool("prof"), "top", directory.path() + "/*.prof"});
  CHECK(both.code == 0);
  CHECK_THAT(both.out, Contains("of 200ms total"));
  const Outcome part = run({tool("prof"), "top", directory.file("a.prof"), directory.file("c.prof")});
  CHECK(part.code == 0);
  CHECK_THAT(part.err, Contains("c.prof") && Contains("read 1 source profiles out of 2"));
  CHECK_THAT(part.out, Contains("of 100ms total"));
}

TEST_CASE("prof diff of directories stopped at the first file that is no profile") {
  TempDir before, after;
  for (const TempDir* side : {&before, &after}) {
    write(side->file("1.prof"), prof::encode_profile(program()));
    write(side->file("2.prof"), prof::encode_profile(program()));
  }
  write(after.file("notes.txt"), "no profile");
  const Outcome outcome = run({tool("prof"), "diff", before.path(), after.path()});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("2 old and 2 new profiles"));
  CHECK_THAT(outcome.err, Contains("notes.txt") && Contains("read 2 source profiles out of 3"));
  TempDir none;
  write(none.file("a.txt"), "no profile");
  write(none.file("b.txt"), "no profile");
  CHECK(run({tool("prof"), "diff", before.path(), none.path()}).code == 1);
}

TEST_CASE("pictures are drawn by Graphviz; where it is missing that is said") {
  TempDir directory;
  write(directory.file("good.prof"), prof::encode_profile(program()));
  const std::string good = directory.file("good.prof");
  Run without;
  without.env["PATH"] = directory.path();
  const Outcome none = run({tool("prof"), "svg", good}, without);
  CHECK(none.code == 1);
  CHECK_THAT(none.err,
             Contains("cannot run dot to draw the graph: No such file or directory; install graphviz"));
  if (!has_program("dot")) {
    WARN("skipped: no dot on PATH");
    return;
  }
  const struct {
    const char* report;
    const char* magic;
  } cases[] = {{"svg", "<?xml"}, {"png", "\x89PNG"}, {"pdf", "%PDF"}, {"ps", "%!PS"}, {"gif", "GIF8"}};
  for (const auto& c : cases) {
    INFO(c.report);
    CHECK_THAT(run({tool("prof"), c.report, good}).out, Catch::Matchers::StartsWith(c.magic));
    Run terminal;
    terminal.terminal = true;
    terminal.directory = directory.path();
    const std::string name = std::string("profile001.") + c.report;
    CHECK_THAT(run({tool("prof"), "pprof", std::string("-") + c.report, good}, terminal).out,
               Contains("Generating report in " + name));
    CHECK_THAT(read(directory.file(name)), Catch::Matchers::StartsWith(c.magic));
  }
  CHECK_THAT(run({tool("prof"), "svg", good}).out, Contains("width=\"100%\"") && Contains("wheel"));
}

TEST_CASE("quotes in what a profile names broke its picture, or gave it links and scripts") {
  prof::ProfileBuilder builder;
  const std::string link = "x\" URL=\"javascript:alert(1)\" target=\"_self";
  builder.add_sample_type("cpu", "unit" + link);
  prof::Mapping module;
  module.start = 0x1000;
  module.limit = 0x3000;
  module.file = builder.intern("/bin/binary" + link);
  const uint32_t m = builder.add_mapping(module);
  const prof::StringId name = builder.intern("main" + link);
  const prof::Line line{builder.add_function({0, name, name, builder.intern("/src/file" + link), 0}), 1, 0};
  const uint32_t stack[] = {builder.add_location({0, m, 0x2000, 0, 0, false}, {}),
                            builder.add_location({0, m, 0x1000, 0, 0, false}, std::span(&line, 1))};
  const int64_t value = 100;
  const prof::Label labels[] = {{builder.intern("key" + link), builder.intern("C:\\new\\"), 0, 0},
                                {builder.intern("bytes"), 0, 7, builder.intern("size" + link)}};
  builder.add_sample(stack, std::span(&value, 1), labels);
  TempDir directory;
  const std::string profile = directory.file("quotes.prof");
  write(profile, prof::encode_profile(std::move(builder).finish()));
  for (const char* granularity : {"functions", "lines", "files"}) {
    INFO(granularity);
    const std::vector<std::string> flags = {"--symbolize=none", "--granularity", granularity, profile};
    const auto drawn = [&](const char* report) {
      std::vector<std::string> command = {tool("prof"), report};
      command.insert(command.end(), flags.begin(), flags.end());
      return run(command);
    };
    const std::string dot = drawn("dot").out;
    CHECK_THAT(dot, Contains(R"(URL=\")") && Contains(R"(C:\\new\\)") && !Contains("URL=\""));
    if (!has_program("dot")) continue;
    const Outcome svg = drawn("svg");
    CHECK(svg.code == 0);
    CHECK_THAT(svg.out, !Contains("xlink:href=\"javascript"));
  }
}

TEST_CASE("a viewer is given a file, which goes when it has ended") {
  TempDir directory;
  const std::string good = directory.file("good.prof"), viewer = directory.file("kcachegrind");
  write(good, prof::encode_profile(program()));
  write(viewer, "#!/bin/sh\ncp \"$1\" shown; echo \"$1\" > name\n");
  Run options;
  options.directory = directory.path();
  options.env["PATH"] = directory.path() + ":/usr/bin:/bin";
  options.env["TMPDIR"] = directory.path();
  REQUIRE(run({"chmod", "+x", viewer}).code == 0);
  CHECK(run({tool("prof"), "pprof", "-kcachegrind", good}, options).code == 0);
  CHECK_THAT(read(directory.file("shown")), Contains("positions: instr line"));
  CHECK(run({"sh", "-c", "test -e $(cat " + directory.file("name") + ")"}).code == 1);
  options.env["PATH"] = directory.path() + "/none";
  const Outcome missing = run({tool("prof"), "pprof", "-evince", "-output=", good}, options);
  CHECK(missing.code == 2);
}
