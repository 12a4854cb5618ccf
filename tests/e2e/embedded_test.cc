// Programs that record themselves by prof.h.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::Outcome;
using prof::test::Run;

TEST_CASE(
    "a fork's child does not wait for a prof_write of its parent's, and the collector is nobody's child") {
  prof::test::TempDir directory, temporary;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF_TOOL", prof::test::tool("prof")}, {"TMPDIR", temporary.path()}};
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded")}, options);
  INFO(outcome.err);
  CHECK(outcome.out == "ok\n");
  CHECK(outcome.code == 0);
  // Each recording left its spools, 8 MiB, for ever.
  CHECK(std::filesystem::is_empty(temporary.path()));
}

// prof_start returned 0, and prof_stop told with a hint of the command line's.
TEST_CASE("prof_start makes the directory, or says why no profile can be written into it") {
  prof::test::TempDir directory;
  prof::test::write(directory.file("file"), "");
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF_TOOL", prof::test::tool("prof")}, {"TMPDIR", directory.path()}};
  const struct {
    const char* into;
    const char* said;
  } cases[] = {
      {"a/b/", "0 \n"},
      {"file/b",
       "-1 cannot start recording: no profile can be written into file/b: Not a directory; name another "
       "directory in prof_options\n"},
      {"file",
       "-1 cannot start recording: no profile can be written into file: Not a directory; name another "
       "directory in prof_options\n"},
  };
  for (const auto& c : cases) {
    INFO(c.into);
    CHECK(prof::test::run({prof::test::tool("e2e_embedded"), "into", c.into}, options).out == c.said);
  }
  CHECK(std::filesystem::exists(directory.file("a/b/cpu.prof")));
}

TEST_CASE("too few descriptors for the collector were said to be too little memory") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF_TOOL", prof::test::tool("prof")}, {"TMPDIR", directory.path()}};
  for (const char* const limit : {"6", "8", "10"}) {
    INFO(limit);
    const std::string command =
        std::string("ulimit -n ") + limit + "; exec " + prof::test::tool("e2e_embedded") + " into .";
    const std::string said = prof::test::run({"sh", "-c", command}, options).out;
    CHECK_THAT(said, Catch::StartsWith("-1 cannot start") && Catch::Contains("descriptors are left"));
  }
}

// "was killed" was all that it said.
TEST_CASE("a PROF_TOOL that is another program is told") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF_TOOL", "/bin/false"}, {"TMPDIR", directory.path()}};
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "for", "1"}, options);
  CHECK_THAT(outcome.out, Catch::StartsWith("-1 profiles are not written: the collector, process "));
  CHECK_THAT(outcome.out,
             Catch::Contains(", was killed, or PROF_TOOL names another program; make them with: prof"));
}

TEST_CASE("a program that closed all descriptors had one that it opened then read and closed by prof_stop") {
  prof::test::TempDir directory, temporary;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF_TOOL", prof::test::tool("prof")}, {"TMPDIR", temporary.path()}};
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "closed"}, options);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::EndsWith("\n0 \n0 \n"));
  CHECK(prof::test::total(prof::test::load(directory.file("cpu.prof")), "cpu") >= 0.9e8);
  const Outcome killed = prof::test::run({prof::test::tool("e2e_embedded"), "closed", "killed"}, options);
  CHECK(killed.code == 0);
  CHECK_THAT(killed.out, Catch::Contains("make them with: prof collect " + temporary.path()));
}

TEST_CASE("prof_write and prof_stop crashed a program that had shut itself in a sandbox") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "sandbox"}, options);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("-1 cannot write profiles: recording ended when the program shut "
                                          "itself in a sandbox; call prof_stop, which writes what was "
                                          "recorded until then\n0 \n"));
  CHECK_THAT(outcome.out,
             Catch::EndsWith("\ncannot start recording: the program has shut itself in a sandbox\n"));
  CHECK(prof::test::total(prof::test::load(directory.file("cpu.prof")), "cpu") >= 0.9e8);
}

TEST_CASE("a thread that was cancelled in prof_write kept all others from prof_stop for ever") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  options.timeout_seconds = 30;
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "cancelled"}, options);
  INFO(outcome.out << outcome.err);
  CHECK_FALSE(outcome.timed_out);
  CHECK_THAT(outcome.out, Catch::EndsWith("\n0 \n0 \n"));
}

// 6,000 samples: 5 standard errors are 7%. Of 100 kB one is sampled at 512 MiB once in 5,000 runs.
TEST_CASE("a recording of the heap with another interval than the one before had its own sizes wrong") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "intervals"}, options);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto bytes = [&](const char* interval) {
    return prof::test::total(prof::test::load(directory.file(interval) + "/heap.prof"), "alloc_space");
  };
  CHECK(bytes("16384") == Approx(1e8).epsilon(0.07));
  CHECK(bytes("536870912") < 1e6);
}

TEST_CASE("prof_write and prof_stop do not wait for ever for a collector that is stopped", "[.soak]") {
  prof::test::TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF_TOOL"] = prof::test::tool("prof");
  const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "stopped"}, options);
  INFO(outcome.out);
  CHECK(outcome.code == 0);
  const std::string pid = outcome.out.substr(0, outcome.out.find('\n'));
  CHECK_THAT(outcome.out, Catch::Contains("-1 cannot write profiles: the collector, process " + pid));
  CHECK_THAT(outcome.out, Catch::Contains("-1 profiles are not written yet: the collector, process " + pid));
  // Let go on, it writes what was recorded.
  for (int i = 0; i < 500 && !std::filesystem::exists(directory.file("cpu.prof")); ++i) ::usleep(20'000);
  CHECK(std::filesystem::exists(directory.file("cpu.prof")));
}

namespace {

// The program goes on, is told, and what was recorded is there for `prof collect`.
void kill_collectors(int times) {
  std::mt19937 random(11);
  for (int i = 0; i < times; ++i) {
    prof::test::TempDir directory;
    Run options;
    options.directory = directory.path();
    options.env = {{"PROF_TOOL", prof::test::tool("prof")}, {"TMPDIR", directory.path()}};
    const std::string after = std::to_string(random() % 120);
    const Outcome outcome = prof::test::run({prof::test::tool("e2e_embedded"), "killed", after}, options);
    INFO("after " << after << " ms\n" << outcome.out << outcome.err);
    REQUIRE(outcome.code == 0);
    const std::string pid = outcome.out.substr(0, outcome.out.find('\n'));
    CHECK_THAT(outcome.out, Catch::Contains("-1 cannot write profiles: the collector ended; call prof_stop"));
    CHECK_THAT(outcome.out, Catch::Contains("-1 profiles are not written: the collector, process " + pid +
                                            ", was killed, or PROF_TOOL names another program; make them "
                                            "with: prof collect "));
    CHECK_THAT(outcome.out, Catch::EndsWith("\n0 \n0 \n"));  // the second recording's
    const size_t at = outcome.out.find("prof collect ") + 13;
    const std::string spools = outcome.out.substr(at, outcome.out.find('\n', at) - at);
    const Outcome collected = prof::test::run(
        {prof::test::tool("prof"), "collect", "--output-dir", directory.path() + "/out", spools}, options);
    INFO(collected.err);
    CHECK(collected.code == 0);
    CHECK(prof::test::total(prof::test::load(directory.file("out/cpu.prof")), "cpu") >= 0.95e8);
  }
}

}  // namespace

TEST_CASE("a program that records itself outlives its collector, killed at a random instant") {
  kill_collectors(4);
}

TEST_CASE("a program that records itself outlives a hundred killed collectors", "[.soak]") {
  kill_collectors(100);
}

TEST_CASE(
    "a set-user-id program ran whatever PROF_TOOL named, as its owner, and recorded where PROF_AGENT said") {
  if (::geteuid() != 0 || !prof::test::has_program("setpriv")) {
    WARN("skipped: not root, or no setpriv");
    return;
  }
  prof::test::TempDir directory;
  ::chmod(directory.path().c_str(), 0777);
  const std::string program = directory.file("program"), evil = directory.file("evil");
  std::filesystem::copy_file(prof::test::tool("e2e_embedded"), program);
  ::chmod(program.c_str(), 04755);
  prof::test::write(evil, "#!/bin/sh\n: > " + directory.file("ran") + "\n");
  ::chmod(evil.c_str(), 0755);
  for (const char* name : {"spools", "out"}) {
    std::filesystem::create_directory(directory.file(name));
    ::chmod(directory.file(name).c_str(), 0777);
  }
  const auto run_as_nobody = [&](const std::string& variable, const std::string& value) {
    Run options;
    options.directory = directory.path();
    options.env = {{variable, value}};
    const Outcome outcome = prof::test::run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                             program, "into", directory.file("out")},
                                            options);
    INFO(variable << ": " << outcome.out << outcome.err);
    CHECK(outcome.out == "0 \n");  // by the tool beside the library
    CHECK(std::filesystem::exists(directory.file("out/cpu.prof")));
  };
  run_as_nobody("PROF_TOOL", evil);
  CHECK_FALSE(std::filesystem::exists(directory.file("ran")));
  run_as_nobody("PROF_AGENT", "dir=" + directory.file("spools"));
  // A link in the working directory had any of the owner's files overwritten.
  Run options;
  options.directory = directory.file("out");
  CHECK_THAT(
      prof::test::run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "into", "."},
                      options)
          .out,
      Catch::Contains("whole path"));
  CHECK(std::filesystem::is_empty(directory.file("spools")));
}
