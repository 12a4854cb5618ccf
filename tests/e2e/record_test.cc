// `prof record` as its users meet it: what passes through, what is refused, what is written where.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/silent_server.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::percent_seen;
using prof::test::Run;
using prof::test::run;
using prof::test::source;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

std::string program(const std::string& name) { return tool("e2e_" + name); }

Outcome record(const TempDir& directory, std::vector<std::string> arguments, Run options = {}) {
  arguments.insert(arguments.begin(), {tool("prof"), "record"});
  options.directory = directory.path();
  return run(arguments, options);
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("streams and exit codes pass through") {
  TempDir directory;
  const std::vector<std::string> command = {"sh", "-c", "cat; echo to-stderr >&2; exit 7"};
  Run input;
  input.input = std::string(300'000, 'x');
  const Outcome alone = run(command, input);
  const Outcome recorded = record(directory, {"-q", "sh", "-c", command[2]}, input);
  CHECK(recorded.code == 7);
  CHECK(recorded.out == alone.out);
  CHECK(recorded.err == alone.err);
  for (const char* code : {"0", "1", "255"}) {
    CHECK(record(directory, {program("signals"), code}).code == std::atoi(code));
  }
  CHECK(exists(directory.file("cpu.prof")));
}

TEST_CASE("the program's arguments are its own") {
  TempDir directory;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"-q", "echo", "-e", "cpu", "--", "-F"}, {"-q", "--", "echo", "-e", "cpu", "--", "-F"}}) {
    CHECK(record(directory, words).out == "cpu -- -F\n");
  }
}

TEST_CASE("the environment is unchanged but for what loads the agent") {
  TempDir directory;
  Run options;
  options.env["LD_PRELOAD"] = "";
  const auto variables = [](const std::string& text) {
    std::set<std::string> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::string name = line.substr(0, line.find('='));
      if (name != "_" && name != "LD_PRELOAD" && name != "PROF_AGENT" && name != "PWD") all.insert(line);
    }
    return all;
  };
  const Outcome recorded = record(directory, {"-q", "env"}, options);
  CHECK(variables(recorded.out) == variables(run({"env"}, options).out));
  CHECK(contains(recorded.out, "LD_PRELOAD=" + prof::test::library("libprof.so") + "\n"));
  options.env["LD_PRELOAD"] = "/no/such/library.so";
  CHECK(contains(record(directory, {"-q", "env"}, options).out, "libprof.so:/no/such/library.so\n"));
}

TEST_CASE("Ctrl-C goes to the program, and the profile is written") {
  TempDir directory;
  Run interrupted;
  interrupted.signal_after_ms = 700;
  const Outcome died = record(directory, {program("signals"), "default"}, interrupted);
  CHECK(died.code == 130);
  CHECK(percent_seen(died.err) > 80);  // it may get little of a busy machine
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > 0);
  std::filesystem::remove(directory.file("cpu.prof"));

  const Outcome handled = record(directory, {program("signals"), "handle"}, interrupted);
  CHECK(handled.code == 42);
  CHECK(handled.out == "signal 2\n");
  CHECK(percent_seen(handled.err) > 80);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > 0);
}

TEST_CASE("signals sent to the recorder reach the program") {
  TempDir directory;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    const std::string script = "trap '' INT; '" + tool("prof") + "' record -q '" + program("signals") +
                               "' handle & sleep 0.7; kill -" + std::to_string(signal) + " $!; wait $!";
    Run options;
    options.directory = directory.path();
    const Outcome outcome = run({"sh", "-c", script}, options);
    CHECK(outcome.out == "signal " + std::to_string(signal) + "\n");
    CHECK(outcome.code == 40 + signal);
  }
}

TEST_CASE("a signal to the whole process group reaches the program once") {
  TempDir directory;
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) {
    Run options;
    options.signal_after_ms = 700;
    options.signal = signal;
    const Outcome outcome = record(directory, {"-q", program("signals"), "count"}, options);
    CHECK(outcome.out == "1 signals\n");
  }
}

// Waits for symbols, of a server that takes calls and never answers.
TEST_CASE(
    "while symbols are read a terminal sees how far; Ctrl-C ends the wait for a server, not the profile") {
  TempDir directory;
  const prof::test::SilentServer server;
  Run options;
  options.terminal = true;
  options.env = {{"DEBUGINFOD_URLS", server.url()},
                 {"DEBUGINFOD_CACHE_PATH", directory.file("cache")},
                 {"DEBUGINFOD_TIMEOUT", "120"},
                 {"XDG_CACHE_HOME", directory.file("xdg")}};
  options.signal_after_ms = 1500;  // the program has ended by then
  options.signal = SIGINT;
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = record(directory, {program("two_threads"), "200"}, options);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
  INFO(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "\r\033[Kprof: reading symbols: "));
  CHECK_FALSE(
      contains(outcome.out.substr(0, outcome.out.find('%') + 1), " 100%"));  // while one is waited for
  CHECK(contains(outcome.out, "\r\033[Kprof: cpu.prof "));
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "heavy") > 0);
}

TEST_CASE("Ctrl-C before there is a program ends it, too") {
  TempDir directory;
  for (int after_ms = 1; after_ms < 40; after_ms += 2) {
    Run options;
    options.signal_after_ms = after_ms;
    options.signal = SIGINT;
    const Outcome outcome = record(directory, {"-q", "sleep", "4"}, options);
    INFO("after " << after_ms << " ms: " << outcome.err);
    CHECK(outcome.code == 128 + SIGINT);
  }
}

TEST_CASE("a program that dies of a signal leaves its profile, and we die of it too") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"sh", "-c", program("two_threads") + " 200 > /dev/null; kill -SEGV $$"});
  CHECK(outcome.code == 128 + SIGSEGV);
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "heavy") > 0);
  TempDir killed;
  Run options;
  options.signal_after_ms = 700;
  options.signal = SIGUSR2;
  const Outcome died = record(killed, {program("signals"), "default"}, options);
  CHECK(died.code == 128 + SIGUSR2);
  CHECK(percent_seen(died.err) > 80);
  CHECK(total(load(killed.file("cpu.prof")), "cpu") > 0);
}

TEST_CASE("what cannot be recorded is refused before anything runs") {
  TempDir directory;
  prof::test::write(directory.file("data"), "text");
  prof::test::write(directory.file("main.c"), "int main(void) { return 0; }\n");
  REQUIRE(run({"gcc", "-static", directory.file("main.c"), "-o", directory.file("static")}).code == 0);
  struct Row {
    std::vector<std::string> arguments;
    const char* message;
    int code;
  };
  const Row rows[] = {
      {{"no-such-program-anywhere"}, "no such program on PATH", 1},
      {{"./missing"}, "No such file or directory", 1},
      {{"./data"}, "it is not executable; chmod +x ./data", 1},
      {{"."}, "it is a directory", 1},
      {{"-e", "heap", "./static"},
       "cannot record anything but CPU time and wall-clock time from outside a program: it is statically "
       "linked, so the agent cannot be preloaded",
       1},
      {{"-o", "none/x.prof", "true"}, "cannot write none/x.prof: No such file or directory", 1},
      {{"-o", "-", "true"}, "cannot write the profile to standard output: that is the program's", 1},
      {{}, "which program?", 2},
      {{"--duration", "0", "true"}, "--duration: '0' is not a number above 0", 2},
      {{"-e", "cpu,bogus", "true"}, "no event kind is called 'bogus'; there are cpu, heap, mutex, wall", 2},
      {{"-F", "0", "true"}, "not in range 1 to 20000", 2},
      {{"-F", "20001", "true"}, "not in range 1 to 20000", 2},
      {{"--max-memory", "1M", "true"}, "1M is too little: the recorder needs 8 MiB in each process", 2},
      {{"--heap-interval", "1x", "true"}, "'1x' is not an amount; write it like 64k", 2},
      {{"--mutex-threshold", "5", "true"}, "'5' is not an amount; write it like 500ns", 2},
      {{"--bogus", "true"}, "--bogus", 2},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    const Outcome outcome = record(directory, row.arguments);
    CHECK(outcome.code == row.code);
    CHECK(contains(outcome.err, row.message));
    CHECK_FALSE(exists(directory.file("cpu.prof")));
  }
}

TEST_CASE("a full disk at the end loses nothing") {
  TempDir directory;
  const Outcome device = record(directory, {"-o", "/dev/full", program("two_threads"), "100"});
  CHECK(device.code == 1);
  CHECK(contains(device.err, "cannot write /dev/full: No space left on device; the profile was saved as "));
  const size_t begin = device.err.find("saved as ") + 9;
  const std::string saved = device.err.substr(begin, device.err.find('\n', begin) - begin);
  CHECK(total(load(saved), "cpu") > 0);
  std::filesystem::remove_all(std::filesystem::path(saved).parent_path());

  if (::geteuid() != 0 || ::mount("prof", directory.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("full file system case skipped: no permission to mount");
    return;
  }
  const std::string fill = "dd if=/dev/zero of=fill bs=4k 2>/dev/null; exit 0";
  TempDir elsewhere;
  Run saving;
  saving.env["TMPDIR"] = elsewhere.path();
  const Outcome filled = record(directory, {"-o", "x.prof", "sh", "-c", fill}, saving);
  CHECK(filled.code == 1);
  CHECK(contains(filled.err, "cannot write x.prof: No space left on device"));
  Run small;
  small.env["TMPDIR"] = directory.path();
  const Outcome no_room = record(directory, {"-o", "/dev/null", "true"}, small);
  CHECK(no_room.code == 1);
  CHECK(contains(no_room.err, "set TMPDIR to a directory with room"));
  ::umount2(directory.path().c_str(), MNT_DETACH);
}

// "-e cpu -e heap", as perf has it, was an error.
TEST_CASE("option -e may be given for each kind") {
  TempDir directory;
  CHECK(record(directory, {"-e", "cpu", "-e", "heap,mutex", program("signals"), "0"}).code == 0);
  for (const char* name : {"cpu.prof", "heap.prof", "mutex.prof"}) {
    INFO(name);
    CHECK(std::filesystem::exists(directory.file(name)));
  }
}

TEST_CASE("option -o names files and directories") {
  TempDir directory;
  const std::string app = program("signals");
  CHECK(record(directory, {"-e", "cpu,heap,mutex", "-o", "out.prof", app, "0"}).code == 0);
  CHECK(record(directory, {"-e", "heap", "-o", "one.pb.gz", app, "0"}).code == 0);
  CHECK(record(directory, {"-e", "mutex", "-o", "new/", app, "0"}).code == 0);
  for (const char* name :
       {"out.cpu.prof", "out.heap.prof", "out.mutex.prof", "one.pb.gz", "new/mutex.prof"}) {
    INFO(name);
    CHECK(load(directory.file(name)).sample_types().size() >= 2);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 5);
}

TEST_CASE("children are recorded, forked and executed ones, and told apart") {
  TempDir directory;
  const Outcome outcome = record(directory, {"-F", "1000", program("family")});
  CHECK(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  for (const char* function : {"parent_work", "forked_work", "executed_work"}) {
    INFO(function);
    CHECK(total(profile, "cpu", function) == Approx(3e8).epsilon(0.1));
  }
  std::set<int64_t> pids;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const auto& label : profile.labels(i)) {
      if (profile.string(label.key) == "pid") pids.insert(label.num);
    }
  }
  CHECK(pids.size() == 3);
}

TEST_CASE("nothing is left behind, and nothing is said that is not needed") {
  TempDir directory, temporary;
  Run options;
  options.env["TMPDIR"] = temporary.path();
  const Outcome outcome = record(directory, {"-q", program("two_threads"), "50"}, options);
  CHECK(outcome.err.empty());
  CHECK(std::filesystem::is_empty(temporary.path()));
}

TEST_CASE("the next step was no command where the profile's path has spaces") {
  TempDir directory;
  const Outcome outcome = record(directory, {"-o", "a b/c.prof/", program("two_threads"), "100"});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "prof top 'a b/c.prof/cpu.prof'\n"));
}

// They had "{false}" behind --no-children, and no program.
TEST_CASE("help and the manual show the command line as it is typed") {
  TempDir directory;
  const std::string help = record(directory, {"--help"}).out;
  CHECK(contains(help, "Usage: prof record [OPTIONS] [PROGRAM] [ARGUMENTS...]\n"));
  CHECK(contains(help, "--children,--no-children "));
  const std::string manual = run({tool("prof"), "man-page"}).out;
  CHECK(contains(manual, "\\fBprof record\\fR [\\fIOPTIONS\\fR] [\\fIPROGRAM\\fR] [\\fIARGUMENTS\\fR]...\n"));
  CHECK_FALSE(contains(manual, "{false}"));
}

TEST_CASE("the closing block says what was seen and what to do next") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"-F", "250", "-e", "cpu,heap,mutex", program("two_threads"), "300"});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "prof: cpu.prof "));
  CHECK(contains(outcome.err, "CPU time ("));
  CHECK(contains(outcome.err, "250 Hz"));
  CHECK(contains(outcome.err, "heap.prof"));
  CHECK(contains(outcome.err, "no wait for a mutex or a readers-writer lock has ended"));
  CHECK(contains(outcome.err, "prof top cpu.prof\n"));
  const Outcome nothing = record(directory, {program("signals"), "3"});
  CHECK(nothing.code == 3);
  CHECK(contains(nothing.err, "0 samples: the program used "));
  CHECK(load(directory.file("cpu.prof")).sample_count() == 0);
}

TEST_CASE("a killed recorder leaves spools that prof collect turns into profiles") {
  TempDir directory, temporary;
  Run options;
  options.directory = directory.path();
  options.env["TMPDIR"] = temporary.path();
  const std::string script = "'" + tool("prof") + "' record -F 1000 '" + program("two_threads") +
                             "' 800 > /dev/null & sleep 0.6; kill -KILL $!; sleep 2";
  run({"sh", "-c", script}, options);
  REQUIRE_FALSE(std::filesystem::is_empty(temporary.path()));
  const std::string spools = std::filesystem::directory_iterator(temporary.path())->path();
  const Outcome outcome = run({tool("prof"), "collect", spools}, options);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "light") > 0);
  CHECK(exists(spools));
  // The program was blamed: "start-up and exit".
  CHECK(contains(outcome.err, " of what the recorder had taken before it was killed\n"));
}

TEST_CASE("profiles decode with protoc") {
  TempDir directory;
  REQUIRE(record(directory, {"-e", "cpu,heap,mutex", program("two_threads"), "200"}).code == 0);
  for (const char* name : {"cpu.prof", "heap.prof", "mutex.prof"}) {
    Run options;
    options.input = run({"gunzip", "-c", directory.file(name)}).out;
    const Outcome decoded = run({"protoc", "--decode=prof.test.Profile", "-I" + source("tests/e2e"),
                                 source("tests/e2e/profile.proto")},
                                options);
    INFO(decoded.err);
    CHECK(decoded.code == 0);
    CHECK(contains(decoded.out, "period_type"));
    CHECK(contains(decoded.out, "string_table: \"recorded by prof"));
    CHECK_FALSE(contains(decoded.out, "\n16: "));  // no field the schema does not know
  }
}

// `-output=r.prof` was `-o utput=r.prof`. What the program is given stays as it is.
TEST_CASE("long options may have one dash in front of the program") {
  const TempDir directory;
  const Outcome outcome = record(
      directory, {"-events=cpu", "-output", "r.prof", "-quiet", "printf", "%s ", "-output=r", "-events"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "-output=r -events ");
  CHECK(exists(directory.file("r.prof")));
  Run options;
  options.directory = directory.path();
  CHECK(run({tool("prof"), "merge", "-output=m.prof", "r.prof", "r.prof"}, options).code == 0);
  CHECK(exists(directory.file("m.prof")));
}

TEST_CASE("unwind tables are kept for the next recording, and made anew where they are damaged") {
  const TempDir directory;
  Run options;
  options.env = {{"XDG_CACHE_HOME", directory.file("cache")}};
  REQUIRE(record(directory, {"-q", program("two_threads"), "30"}, options).code == 0);
  std::map<std::string, std::string> tables;
  for (const auto& entry : std::filesystem::directory_iterator(directory.file("cache/prof/unwind")))
    tables[entry.path()] = prof::test::read(entry.path());
  REQUIRE(tables.size() >= 2);  // of libc and the loader
  for (const auto& [path, bytes] : tables) prof::test::write(path, bytes.substr(0, bytes.size() - 1));
  REQUIRE(record(directory, {"-q", program("two_threads"), "30"}, options).code == 0);
  for (const auto& [path, bytes] : tables) CHECK(prof::test::read(path) == bytes);

  // A recording of one process alone, too.
  options.env = {{"XDG_CACHE_HOME", directory.file("other")}};
  REQUIRE(record(directory, {"-q", "--no-children", program("two_threads"), "30"}, options).code == 0);
  for (const auto& [path, bytes] : tables) {
    const std::string name = std::filesystem::path(path).filename();
    CHECK(prof::test::read(directory.file("other/prof/unwind/" + name)) == bytes);
  }
}

TEST_CASE("a process that could not be recorded was told to have been killed, beside its own reason") {
  const TempDir directory;
  const Outcome outcome =
      record(directory, {"sh", "-c", "prlimit --fsize=100 " + program("two_threads") + " 200 > /dev/null"});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "File too large"));
  CHECK_FALSE(contains(outcome.err, "not profiled  "));
  CHECK_FALSE(contains(outcome.err, "killed early"));
}
