// Programs in surroundings that leave a recorder little room: they run as they do without it.
#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

struct Case {
  const char* name;
  const char* script;
};

constexpr Case kCases[] = {
    {"pipes", "seq 1 20000 | sort -r | head -3; false | true; exit 3"},
    {"job control", "set -m; sleep 0.1 & wait $!; echo $?; kill -9 $$"},
    {"all descriptors closed", "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; echo hi | cat"},
    {"no environment", "exec env -i /bin/sh -c 'echo hi | cat; exit 4'"},
    {"few descriptors", "ulimit -n 4; echo x; exit 5"},
    {"little address space", "ulimit -v 20000; /bin/echo hi; exit 4"},
    {"small files", "ulimit -f 10; /bin/echo hi | cat; exit 6"},
    {"no files", "ulimit -f 0; /bin/echo hi | cat; exit 6"},
    {"a long command line", "/bin/echo $(seq 1 15000) | wc -c"},
    {"daemons", "setsid sh -c 'echo late' & wait; nohup sh -c 'echo hi' < /dev/null"},
    {"closed standard streams", "exec 2>&-; echo out; exec >&-; exit 2"},
    {"a sandbox: strict", "\"$SANDBOX\" strict"},
    {"a sandbox: filter by prctl", "\"$SANDBOX\" prctl"},
    {"a sandbox: filter by syscall", "\"$SANDBOX\" syscall"},
};

}  // namespace

TEST_CASE(
    "surroundings: output and exit code are the same with and without the recorder, which writes a profile") {
  for (const Case& one : kCases) {
    for (const char* kinds : {"cpu", "cpu,heap,mutex"}) {
      TempDir directory;
      Run options;
      options.directory = directory.path();
      options.env["SANDBOX"] = tool("e2e_sandbox");
      const Outcome bare = run({"bash", "-c", one.script}, options);
      const Outcome recorded = run({tool("prof"), "record", "-q", "-F", "1000", "-e", kinds, "-o",
                                    directory.file("out/"), "bash", "-c", one.script},
                                   options);
      INFO(one.name << ", " << kinds << "\n" << recorded.err);
      CHECK(recorded.out == bare.out);
      CHECK(recorded.code == bare.code);
      load(directory.file("out/cpu.prof"));
    }
  }
}

TEST_CASE("a program is recorded up to its seccomp sandbox, which is told") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome = run({tool("prof"), "record", "-F", "1000", tool("e2e_sandbox"), "prctl"}, options);
  INFO(outcome.err);
  CHECK(outcome.code == 7);
  CHECK(outcome.err.find("from its seccomp sandbox on") != std::string::npos);
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "work") > 5e7);
}

TEST_CASE("a recorder under a small file limit says what it could not write, and is not killed") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  const Outcome outcome = run({"bash", "-c", "ulimit -f 1; \"$PROF\" record true"}, options);
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("File too large") != std::string::npos);
}
