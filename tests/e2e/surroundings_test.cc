// Programs in surroundings that leave a recorder little room: they run as they do without it.
#include <filesystem>

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
    {"no clock", "\"$SANDBOX\" clock"},
};

// Whether this process may make PID namespaces; says so where not.
bool can_unshare() {
  if (run({"unshare", "-p", "-f", "--mount-proc", "true"}).code == 0) return true;
  WARN("skipped: no permission to make namespaces");
  return false;
}

// `before`: what the shell does that becomes the recorder.
Outcome record_in(const TempDir& directory, const std::string& options, const std::string& command,
                  const std::string& before = "") {
  Run surroundings;
  surroundings.directory = directory.path();
  surroundings.env = {{"PROF", tool("prof")}, {"PROGRAM", tool("e2e_two_threads")}};
  return run({"sh", "-c", before + "exec \"$PROF\" record -F 1000 " + options + " " + command}, surroundings);
}

// Whether this process may mount file systems in a namespace of its own; says so where not.
bool can_mount() {
  if (run({"unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"}).code == 0) return true;
  WARN("skipped: no permission to mount");
  return false;
}

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

TEST_CASE("a program is recorded up to its seccomp sandbox, or until it forbids the clock, which is told") {
  const std::pair<const char*, const char*> rows[] = {{"prctl", "from its seccomp sandbox on"},
                                                      {"clock", "from its prctl(PR_SET_TSC) on"}};
  for (const auto& [how, told] : rows) {
    TempDir directory;
    Run options;
    options.directory = directory.path();
    const Outcome outcome = run({tool("prof"), "record", "-F", "1000", tool("e2e_sandbox"), how}, options);
    INFO(outcome.err);
    CHECK(outcome.code == 7);
    CHECK(outcome.err.find(told) != std::string::npos);
    CHECK(total(load(directory.file("cpu.prof")), "cpu", "work") > 5e7);
  }
}

TEST_CASE("a program that was recorded from its exec in a sandbox on was told as not recorded") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome =
      run({tool("prof"), "record", "-F", "1000", tool("e2e_sandbox"), "becomes", tool("e2e_sandbox"), "none"},
          options);
  INFO(outcome.err);
  CHECK(outcome.out == "before\nbefore\nafter\n");
  CHECK_THAT(outcome.err, Catch::Contains("from its seccomp sandbox on, up to an exec if there is one"));
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "work") > 3 * 5e7);
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

TEST_CASE("a recorder that may write no large file was told to look for room elsewhere") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  const Outcome outcome = run({"bash", "-c", "ulimit -f 100; \"$PROF\" record true"}, options);
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("raise the limit of a file's size: ulimit -f 1") != std::string::npos);
}

// Each timer takes a queued signal of the user's: as many are left as are used now, and perhaps one. Others
// of the user's may take or leave some meanwhile.
TEST_CASE("threads without a timer were counted at every look for them, and their time called start-up") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF", tool("prof")}, {"PROGRAM", tool("e2e_two_threads")}};
  for (const char* left : {"0", "1"}) {
    options.env["LEFT"] = left;
    const Outcome outcome = run({"bash", "-c",
                                 "used=$(sed -n 's|^SigQ:[^0-9]*\\([0-9]*\\)/.*|\\1|p' /proc/self/status); "
                                 "ulimit -i $((used + LEFT)); \"$PROF\" record \"$PROGRAM\" 800"},
                                options);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    const size_t end =
        outcome.err.find(": threads that were refused a CPU timer (by ulimit -i, or by a sandbox)\n");
    if (end == std::string::npos) continue;
    CHECK(std::stoi(outcome.err.substr(outcome.err.rfind(' ', end))) <= 2);
    if (outcome.err.find(" 0 samples") == std::string::npos) continue;
    CHECK(outcome.err.find(" of threads without a CPU timer\n") != std::string::npos);
    CHECK(outcome.err.find("raise ulimit -i (prof doctor shows it)") != std::string::npos);
  }
}

TEST_CASE("without /proc both threads are recorded, with the program's functions") {
  if (!can_mount()) return;
  TempDir directory;
  Run options;
  options.directory = directory.path();
  // A leak checker, where this build has one, can only fail without /proc.
  options.env = {
      {"PROF", tool("prof")}, {"PROGRAM", tool("e2e_two_threads")}, {"ASAN_OPTIONS", "detect_leaks=0"}};
  for (const char* script : {
#ifndef __SANITIZE_ADDRESS__  // which reads its options there
           "mount -t tmpfs none /proc && exec \"$PROF\" record -F 1000 \"$PROGRAM\" 300",
#endif
           "exec \"$PROF\" record -F 1000 sh -c 'mount -t tmpfs none /proc && exec \"$PROGRAM\" 300'"}) {
    const Outcome outcome = run({"unshare", "-m", "sh", "-c", script}, options);
    INFO(script << "\n" << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(total(load(directory.file("cpu.prof")), "cpu", "heavy") >
          4e8);  // of 450 ms, half of it the main thread's
  }
}

TEST_CASE(
    "a file system that is too small for what is recorded: the program runs, and what is missing is told") {
  if (!can_mount()) return;
  TempDir directory, small;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF", tool("prof")}, {"SMALL", small.path()}};
  const auto record = [&](const std::string& size) {
    return run({"unshare", "-m", "sh", "-c",
                "mount -t tmpfs -o size=" + size +
                    " none \"$SMALL\" && TMPDIR=\"$SMALL\" exec \"$PROF\" record -e cpu,heap,mutex -F 1000 "
                    "sh -c 'for i in 1 2 3; do seq 1 50000 | wc -l & done; wait; exit 5'"},
               options);
  };
  const Outcome refused = record("1m");
  CHECK(refused.code == 1);
  CHECK(refused.err.find("set TMPDIR to a directory with room") != std::string::npos);
  for (const char* size : {"8500k", "9m", "17m", "30m"}) {
    const Outcome outcome = record(size);
    INFO(size << "\n" << outcome.err);
    CHECK(outcome.code == 5);
    CHECK(outcome.out == "50000\n50000\n50000\n");
    CHECK(outcome.err.find("were not recorded: cannot allocate the spool: No space left on device") !=
          std::string::npos);
    load(directory.file("cpu.prof"));
  }
}

TEST_CASE("a program in a PID namespace was taken for the stranger that has its number here") {
  if (!can_unshare()) return;
  TempDir directory;
  // The last numbers there are, which no process has here.
  const std::string work =
      "echo $(($(cat /proc/sys/kernel/pid_max) - 9)) > /proc/sys/kernel/ns_last_pid; /bin/true; "
      "\"$PROGRAM\" 300; :";
  const Outcome one = record_in(directory, "", "unshare -p -f --mount-proc sh -c '" + work + "'");
  INFO(one.err);
  CHECK(one.code == 0);
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "heavy") > 2e8);
  CHECK(one.err.find("not profiled") == std::string::npos);
  CHECK(one.err.find("outlived") == std::string::npos);
}

TEST_CASE("the first processes of two PID namespaces were one") {
  if (!can_unshare()) return;
  TempDir directory;
  const std::string run_one = "unshare -p -f --mount-proc \"$PROGRAM\" 300 & ";
  const Outcome two = record_in(directory, "-o out/ --per-process", "sh -c '" + run_one + run_one + "wait'");
  INFO(two.err);
  CHECK(two.code == 0);
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory.file("out"))) {
    if (file.path().filename().string().find("e2e_two_threads-1.pidns-") == std::string::npos) continue;
    CHECK(total(load(file.path()), "cpu", "heavy") > 2e8);
    files++;
  }
  CHECK(files == 2);
}

TEST_CASE("a program in a PID namespace that sees the /proc outside of it had no CPU samples") {
  if (!can_unshare()) return;
  TempDir directory;
  const Outcome outcome = record_in(directory, "", "unshare -p -f \"$PROGRAM\" 300");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "heavy") > 2e8);
  CHECK(total(profile, "cpu", "main") > 5e7);
}

TEST_CASE("wall-clock time in a PID namespace was that of the process with its number here") {
  if (!can_unshare()) return;
  TempDir directory;
  const Outcome outcome = record_in(directory, "-e wall", "unshare -p -f --mount-proc sleep 0.3");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("it is in another PID namespace; record inside of it") != std::string::npos);
  CHECK(total(load(directory.file("wall.prof")), "wall") < 2e9);
}

TEST_CASE("a program whose parent ignores SIGPIPE, as services do, was killed by it") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  const auto ignored = [&](const std::string& recorder) {
    const Outcome outcome =
        run({"bash", "-c", "trap '' PIPE HUP; exec " + recorder + " grep SigIgn /proc/self/status"}, options);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    return outcome.out;
  };
  CHECK(ignored("\"$PROF\" record -q") == ignored(""));
}

TEST_CASE("where pidfd_open is refused the recorder waited for ever for a program that had ended") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.timeout_seconds = 20;
  const Outcome outcome = run({tool("benchcmp_no_pidfd"), tool("prof"), "record", "-F", "1000", "sh", "-c",
                               "\"$0\" 300; exit 3", tool("e2e_two_threads")},
                              options);
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "work") == Approx(6e8).epsilon(0.1));
}

// An exception that nobody caught.
TEST_CASE("where no thread can be made the recorder and the reports aborted") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.terminal = true;
  const Outcome outcome =
      run({tool("e2e_no_threads"), tool("prof"), "record", "-F", "1000", tool("e2e_exits"), "return", "300"},
          options);
  INFO(outcome.out);
  CHECK(outcome.code == 7);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(3e8).epsilon(0.1));
  const Outcome top = run({tool("e2e_no_threads"), tool("prof"), "top", "cpu.prof"}, options);
  INFO(top.out);
  CHECK(top.code == 0);
  CHECK(top.out.find("work") != std::string::npos);
}

// Each live process took a descriptor for good; those that came when there was none left were never looked at
// again, or were taken for dead.
TEST_CASE("more processes than descriptors were recorded in part") {
  TempDir directory;
  const Outcome outcome = record_in(
      directory, "", "sh -c 'for i in $(seq 30); do \"$PROGRAM\" 30 & done; wait'", "ulimit -n 24; ");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(prof::test::percent_seen(outcome.err) > 85);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > 0.9 * 30 * 60e6);
}
