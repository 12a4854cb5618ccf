// Standard streams that cannot be written.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "libprof/profile/codec.h"
#include "libprof/profile/profile.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

struct Shell {
  Shell() {
    write(directory.file("p"), prof::encode_profile(program()));
    options.directory = directory.path();
  }
  Outcome operator()(const std::string& arguments) const {
    return run({"sh", "-c", tool("prof") + " " + arguments}, options);
  }
  TempDir directory;
  Run options;
};

}  // namespace

TEST_CASE("nobody listens on standard error: prof goes on, it aborted") {
  const Shell shell;
  for (const std::string nowhere : {" 2>&-", " 2>/dev/full"}) {
    CAPTURE(nowhere);
    CHECK(shell("top none" + nowhere).code == 1);
    CHECK(shell("top --no-such-flag" + nowhere).code == 2);
    CHECK(shell("pprof -top none" + nowhere).code == 2);
    CHECK(shell("" + nowhere).code == 2);
    const Outcome warned = shell("top --focus=nowhere p" + nowhere);
    CHECK(warned.code == 0);
    CHECK_THAT(warned.out, Contains("Type: cpu"));
    for (const char* written : {"merge -o out p p", "flame -o out.svg p", "export --folded out p",
                                "proto --output=out p", "record -o out true"}) {
      CAPTURE(written);
      CHECK(shell(written + nowhere).code == 0);
    }
    CHECK(shell("diff --fail-on 0 p p" + nowhere).code == 0);
    Run typed = shell.options;
    typed.input = "help\nnonsense\ntop\n";
    CHECK_THAT(run({"sh", "-c", tool("prof") + " shell p" + nowhere}, typed).out, Contains("100ms total"));
  }
}

TEST_CASE("what is meant for a closed standard error does not end up in a file that took its number") {
  const Shell shell;
  CHECK(shell("record -o out.prof sh -c 'echo to nobody >&2; exit 0' 2>&-").code == 0);
  CHECK(shell("top out.prof").code == 0);
  // The program has it closed, as without us.
  CHECK(shell("record -q -o out.prof sh -c '[ ! -e /proc/self/fd/2 ]' 2>&-").code == 0);
}

TEST_CASE("past the limit of a file's size a report was killed, and left its temporary file") {
  const Shell shell;
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(shell.directory.path()), {});
  };
  for (const char* written : {"flame -o out.html p", "export --sqlite out.db p"}) {
    CAPTURE(written);
    const Outcome outcome =
        run({"sh", "-c", "ulimit -f 4; TMPDIR=. exec " + tool("prof") + " " + written}, shell.options);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains("prof: cannot") && Contains("ulimit -f"));
    CHECK(files() == 1);  // the profile
  }
  // What is recorded has the signal as it came.
  CHECK(shell("record -q -o out.prof sh -c 'kill -XFSZ $$'").code == 128 + SIGXFSZ);
}

TEST_CASE("standard output that cannot be written is a failure, whatever prof was to print") {
  const Shell shell;
  for (const char* arguments :
       {"--help", "--version", "top --help", "pprof --help", "completion bash", "man-page", "doctor", "top p",
        "top --format=json p", "tree p", "diff p p", "flame -o - p", "export --folded - p"}) {
    for (const auto& [nowhere, reason] :
         {std::pair{" >/dev/full", "No space left on device"}, std::pair{" >&-", "Bad file descriptor"}}) {
      const Outcome outcome = shell(std::string(arguments) + nowhere);
      CAPTURE(arguments, nowhere, outcome.err);
      CHECK(outcome.code == 1);
      CHECK_THAT(outcome.err,
                 EndsWith("prof: cannot write to standard output: " + std::string(reason) + "\n"));
    }
  }
}

TEST_CASE("control sequences in names and paths were obeyed by the terminal; files and pipes get them") {
  TempDir directory;
  const std::string name = "main\x1b]2title\x07\x1b[2J", profile = directory.file("p.folded");
  write(profile, name + " 3\n");
  Run terminal;
  terminal.terminal = true;
  const Outcome shown = run({tool("prof"), "top", profile}, terminal);
  CHECK_THAT(shown.out, Contains("main\ufffd]2title\ufffd\ufffd[2J"));
  CHECK_THAT(run({tool("prof"), "top", profile}).out, Contains(name));
  const Outcome failed = run({tool("prof"), "top", directory.file("none\x1b[2J")}, terminal);
  CHECK_THAT(failed.out, Contains("none\ufffd[2J"));
}

TEST_CASE("colours and line ends in names were obeyed by the terminal, and forged rows of reports") {
  TempDir directory;
  const std::string name = "a\x1b[31mred\nforged", profile = directory.file("p.prof");
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  prof::Function function;
  function.name = builder.intern(name);
  function.filename = builder.intern("a\tb.c");
  prof::Line line;
  line.function = builder.add_function(function);
  const uint32_t stack[] = {builder.add_location({}, std::span(&line, 1))};
  const int64_t values[] = {3};
  builder.add_sample(stack, values);
  write(profile, prof::encode_profile(std::move(builder).finish()));
  Run terminal;
  terminal.terminal = true;
  for (const std::vector<std::string>& report : {std::vector<std::string>{"top", "-lines"},
                                                 {"tree"},
                                                 {"peek", "red"},
                                                 {"list", "red"},
                                                 {"traces"},
                                                 {"raw"}}) {
    std::vector<std::string> args = {tool("prof")};
    args.insert(args.end(), report.begin(), report.end());
    args.push_back(profile);
    CAPTURE(args);
    CHECK_THAT(run(args, terminal).out, Contains("a\ufffd[31mred\\nforged"));
    CHECK_THAT(run(args).out, Contains(name));
  }
  CHECK_THAT(run({tool("prof"), "top", "-files", profile}, terminal).out, Contains("a\\tb.c"));
  CHECK_THAT(run({tool("prof"), "diff", profile, profile}, terminal).out,
             Contains("a\ufffd[31mred\\nforged"));
  CHECK_THAT(run({tool("prof"), "top", "--format=json", profile}, terminal).out, Contains("red\\nforged"));
}
