// Programs whose stacks, code or compiler are unlike a C program's by gcc, recorded: whole, and none the
// wiser.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

struct Case {
  const char* what;
  std::vector<std::string> argv;
  std::vector<std::string> on_stack;  // names that nearly every stack must have
  double share = 0.9;
  double max_truncated = 5;  // percent
};

void check(const Case& c) {
  INFO(c.what);
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  // A program that is told to leaves /tmp/perf-PID.map, which goes with the test.
  const std::string pid = directory.file("pid");
  std::vector<std::string> argv = {tool("prof"), "record", "-q", "-F", "250",
                                   "-o",         path,     "sh", "-c", "echo $$ > " + pid + "; exec \"$@\"",
                                   "sh"};
  argv.insert(argv.end(), c.argv.begin(), c.argv.end());
  const Outcome outcome = run(argv);
  std::filesystem::remove("/tmp/perf-" + std::to_string(std::stoi(read(pid))) + ".map");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  REQUIRE(outcome.out == "ok\n");
  const auto profile = load(path);
  REQUIRE(total(profile, "cpu") > 50e6);
  for (const auto& name : c.on_stack) {
    INFO(name);
    CHECK(total(profile, "cpu", name) > c.share * total(profile, "cpu"));
  }
  const std::string text = comment(profile, "truncated stacks: ");
  REQUIRE_FALSE(text.empty());
  CHECK(std::stod(text.substr(text.find(": ") + 2)) < c.max_truncated);
}

bool is_on_path(const std::string& program) { return run({"sh", "-c", "command -v " + program}).code == 0; }

bool is_built_by_go(const std::string& name, const std::string& program) {
  if (!is_on_path("go")) {
    WARN("skipped: no go");
    return false;
  }
  Run options;
  options.env = {{"GO111MODULE", "off"}, {"CGO_ENABLED", "1"}};
  const Outcome built = run({"go", "build", "-o", program, source("tests/unwind/programs/" + name)}, options);
  INFO(built.err);
  REQUIRE(built.code == 0);
  return true;
}

}  // namespace

TEST_CASE("stacks that change under a program's feet are whole") {
  const std::string program = tool("unwind_switches");
  check({"a coroutine switched to by assembly", {program, "fiber"}, {"fiber_start", "fiber_body", "burn"}});
  check({"a call on a stack above the caller's",
         {program, "other_stack"},
         {"start_thread", "on_small_stack", "call_on", "burn"}});
  check({"C called from Go", {program, "go"}, {"go_exit", "go_body", "go_call", "descend", "burn"}});
  check({"longjmp, all the time", {program, "longjmp"}, {"main", "run_longjmp"}});
  check({"exceptions through 20 frames", {tool("unwind_exceptions")}, {"main"}});
}

TEST_CASE("the kernel's own code in every process has its callers") {
  check({"clock_gettime", {tool("unwind_switches"), "vdso"}, {"main", "run_vdso"}});
  check({"clock_gettime itself", {tool("unwind_switches"), "vdso"}, {"__vdso_clock_gettime"}, 0.5});
}

TEST_CASE("code that was generated at run time has the name that its map gives it") {
  check({"perf map", {tool("unwind_switches"), "perf_map"}, {"run_perf_map", "*hot_loop app.js:12"}});
}

TEST_CASE("a program on split stacks crashed, as these have no room for a signal: sampled from outside") {
  const std::string program = tool("unwind_split");
  if (!std::filesystem::exists(program)) {
    WARN("skipped: built by a compiler without -fsplit-stack");
    return;
  }
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const Outcome child = run({tool("prof"), "record", "-o", path, "sh", "-c", program + "; :"});
  CHECK(child.out == "ok\n");
  CHECK_THAT(child.err, Catch::Contains("was not recorded: its stacks are split (-fsplit-stack)"));
  const Outcome outcome = run({tool("prof"), "record", "-o", path, program});
  if (outcome.err.find("cannot sample") != std::string::npos) {
    WARN("skipped: perf is not allowed here: " << outcome.err);
    CHECK_THAT(outcome.err, Catch::Contains("its stacks are split (-fsplit-stack)"));
    return;
  }
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "ok\n");
  CHECK(total(load(path), "cpu", "burn") > 50e6);
}

TEST_CASE("clang's code without frame pointers is unwound whole") {
  if (!std::filesystem::exists(tool("unwind_clang"))) {
    WARN("skipped: no clang (Debian: clang-14)");
    return;
  }
  check({"clang -O2 -fomit-frame-pointer", {tool("unwind_clang"), "coroutine"}, {"descend", "burn"}});
}

TEST_CASE("stacks of C that a Go program calls ended where Go leaves the goroutine's stack") {
  const TempDir directory;
  const std::string program = directory.file("go_program");
  if (!is_built_by_go("calls_c.go", program)) return;
  check({"cgo", {program}, {"burn", "runtime.cgocall", "main.work", "runtime.goexit"}});
}

// Its run time changes to the thread's stack, and 12% of such a program's stacks ended there.
TEST_CASE("stacks of Go's garbage collector ended at runtime.systemstack") {
  const TempDir directory;
  const std::string program = directory.file("go_program");
  if (!is_built_by_go("collects.go", program)) return;
  check({"cgo that collects garbage", {program}, {}, 0, 4});
}

// A goroutine's stack is not in what was captured, but what is no code is no caller.
TEST_CASE("stacks of Go's garbage collector had a caller outside all files from outside") {
  const TempDir directory;
  const std::string program = directory.file("go_program");
  if (!is_built_by_go("collects.go", program)) return;
  const std::string path = directory.file("out.prof");
  Run options;
  options.env = {{"PROF", tool("prof")}, {"APP", program}, {"OUT", path}};
  const Outcome outcome = run({"sh", "-c", R"("$APP" & "$PROF" record -F 500 -o "$OUT" -p $!; code=$?
                                              wait; exit $code)"},
                              options);
  if (outcome.code == 1) {
    WARN("skipped: perf is not allowed here: " << outcome.err);
    return;
  }
  INFO(outcome.err);
  const auto profile = load(path);
  CHECK(total(profile, "cpu", "runtime.systemstack") > 0);
  CHECK(outcome.err.find("outside all files") == std::string::npos);
  // Of goroutines whose stack is next to the thread's in Go's heap they were taken for whole: a half.
  const std::string before = "truncated stacks: ", truncated = comment(profile, before);
  const double percent = truncated.empty() ? 0 : std::stod(truncated.substr(before.size()));
  CHECK(total_ending_in(profile, "cpu", "runtime.systemstack") <=
        total(profile, "cpu") * (percent + 5) / 100);
}

TEST_CASE("a Rust program with threads, closures and panics is unwound whole") {
  if (!is_on_path("rustc")) {
    WARN("skipped: no rustc");
    return;
  }
  const TempDir directory;
  const std::string program = directory.file("rust_program");
  const Outcome built = run({"rustc", "-O", "-o", program, source("tests/unwind/programs/panics.rs")});
  INFO(built.err);
  REQUIRE(built.code == 0);
  check({"rustc -O", {program}, {"start_thread", "descend"}});
}

TEST_CASE("JavaScript functions have their names where node tells them") {
  if (!is_on_path("node")) {
    WARN("skipped: no node");
    return;
  }
  const TempDir directory;
  const std::string script = directory.file("script.js");
  write(
      script,
      "function hotFunction(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i) % 7; return s; }\n"
      "const end = Date.now() + 700; let t = 0; while (Date.now() < end) t += hotFunction(100000);\n"
      "if (t > 0) console.log('ok');\n");
  // V8's own start-up is a part, and its hand-written entry code has no description.
  check({"node --perf-basic-prof",
         {"node", "--perf-basic-prof", "--no-logfile-per-isolate", "--logfile=" + directory.file("v8.log"),
          script},
         {"hotFunction"},
         0.3,
         20});
}
