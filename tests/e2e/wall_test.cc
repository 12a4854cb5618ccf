// The wall-clock kind: where every thread's lifetime went, on and off the CPU, and that no sleeper notices.
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::Profile;
using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;

namespace {

// What a thread of tests/e2e/programs/waits.cc knows of itself.
struct Known {
  std::string name;
  double lifetime = 0, cpu = 0;
  int early = 0;
};

std::vector<Known> known_threads(const std::string& text) {
  std::vector<Known> all;
  std::istringstream lines(text);
  for (Known one; lines >> one.name >> one.lifetime >> one.cpu >> one.early;) all.push_back(one);
  return all;
}

std::string label(const Profile& profile, size_t sample, const std::string& key) {
  for (const auto& one : profile.labels(sample)) {
    if (profile.string(one.key) == key) return std::string(profile.string(one.str));
  }
  return "";
}

bool has_function(const Profile& profile, size_t sample, const std::string& name) {
  for (const uint32_t location : profile.stack(sample)) {
    for (const auto& line : profile.lines(profile.locations()[location])) {
      if (profile.string(profile.functions()[line.function].name).find(name) != std::string_view::npos)
        return true;
    }
  }
  return false;
}

// Nanoseconds of a thread; in a state, where one is given; with a function in the stack, where one is given.
double wall(const Profile& profile, const std::string& thread, const std::string& state = "",
            const std::string& function = "") {
  double sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (label(profile, i, "thread") != thread) continue;
    if (!state.empty() && label(profile, i, "state") != state) continue;
    if (!function.empty() && !has_function(profile, i, function)) continue;
    sum += static_cast<double>(profile.values(i)[1]);
  }
  return sum;
}

constexpr double kMillisecond = 1e6;

}  // namespace

// Of a thread's lifetime: a period, for CPU time is counted in whole ones, and a hundredth, for a thread that
// is woken and waits long for a CPU on a busy machine. Its places are sampled, with a tenth of a second to
// come and go.
TEST_CASE(
    "wall-clock time: lifetimes, states and stacks of threads that wait, whatever they were compiled to") {
  const char* program = GENERATE("e2e_waits", "e2e_waits_plain");
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome = run({tool("prof"), "record", "-e", "wall", tool(program)}, options);
  INFO(program << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const Profile profile = load(directory.file("wall.prof"));
  const auto threads = known_threads(outcome.out);
  REQUIRE(threads.size() == 5);
  for (const Known& thread : threads) {
    INFO(thread.name);
    CHECK(thread.early == 0);
    CHECK(wall(profile, thread.name) ==
          Approx(thread.lifetime).margin(15 * kMillisecond + 0.01 * thread.lifetime));
    CHECK(wall(profile, thread.name, "running") == Approx(thread.cpu).margin(15 * kMillisecond));
    CHECK(wall(profile, thread.name, "", "::" + thread.name) > thread.lifetime - 100 * kMillisecond);
  }
  struct Row {
    const char *thread, *state;
    double milliseconds;
  };
  for (const Row& row :
       {Row{"sleeps", "clock_nanosleep", 1200}, {"locks", "futex", 1000}, {"polls", "epoll_wait", 1000}}) {
    INFO(row.thread);
    CHECK(wall(profile, row.thread, row.state) ==
          Approx(row.milliseconds * kMillisecond).margin(100 * kMillisecond));
    CHECK(wall(profile, row.thread, row.state, std::string("[") + row.state + "]") ==
          Approx(wall(profile, row.thread, row.state)));
  }
  CHECK(wall(profile, "naps", "clock_nanosleep") > 250 * kMillisecond);
}

TEST_CASE("wall-clock time goes on after an exec that failed") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const std::string script =
      "import os, time\ntry: os.execv('/nonexistent', ['x'])\nexcept OSError: time.sleep(0.7)";
  const Outcome outcome = run({tool("prof"), "record", "-e", "wall", "python3", "-c", script}, options);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(wall(load(directory.file("wall.prof")), "python3") > 700 * kMillisecond);
}

TEST_CASE("wall-clock time of a running process, and of a static program") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  options.env["APP"] = tool("e2e_waits");
  const Outcome outcome = run({"sh", "-c", R"(
    "$APP" > known & sleep 0.1; "$PROF" record -e wall -p $!; code=$?; wait; cat known; exit $code)"},
                              options);
  if (outcome.code == 1 && outcome.err.find("cannot sample") != std::string::npos) {
    WARN("skipped: perf is not allowed here: " << outcome.err);
    return;
  }
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Profile profile = load(directory.file("wall.prof"));
  for (const Known& thread : known_threads(outcome.out)) {
    INFO(thread.name);
    CHECK(thread.early == 0);
    CHECK(wall(profile, thread.name) > 0.25 * thread.lifetime);  // the rest was before we came
    CHECK(wall(profile, thread.name) < thread.lifetime + 20 * kMillisecond);
  }
  CHECK(wall(profile, "sleeps", "clock_nanosleep", "::sleeps") > 300 * kMillisecond);
}

TEST_CASE("a process that may not be looked at is told, with the reason, and its time is not lost") {
  if (::geteuid() != 0 || !prof::test::has_program("setpriv")) {
    WARN("skipped: not root, or no setpriv");
    return;
  }
  TempDir directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  Run options;
  options.directory = directory.path();
  const Outcome outcome =
      run({"setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all", tool("prof"), "record", "-e",
           "wall", "python3", "-c", "import ctypes, time; ctypes.CDLL(None).prctl(4, 0); time.sleep(0.5)"},
          options);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Catch::Contains("what blocked threads wait in is not known of process") &&
                              Catch::Contains("it is not dumpable"));
  const Profile profile = load(directory.file("wall.prof"));
  CHECK(wall(profile, "python3", "blocked") > 400 * kMillisecond);
  CHECK(prof::test::comment(profile, "process ").find("not dumpable") != std::string::npos);
}

TEST_CASE("all kinds in one run, of children too, with their labels") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome = run({tool("prof"), "record", "-e", "wall,cpu,heap,mutex", "sh", "-c",
                               "sleep 0.3; '" + tool("e2e_labels") + "'"},
                              options);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Profile profile = load(directory.file("wall.prof"));
  CHECK(wall(profile, "sleep", "clock_nanosleep") == Approx(300 * kMillisecond).margin(50 * kMillisecond));
  double waited = 0;  // for the lock, under a label that was set in the target and read from outside
  for (size_t i = 0; i < profile.sample_count(); i++) {
    const bool is_it = label(profile, i, "request") == "GET /" && label(profile, i, "state") == "futex";
    if (is_it) waited += static_cast<double>(profile.values(i)[1]);
  }
  CHECK(waited > 20 * kMillisecond);
  const double cpu = prof::test::total(load(directory.file("cpu.prof")), "cpu");
  double ran = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (label(profile, i, "state") == "running") ran += static_cast<double>(profile.values(i)[1]);
  }
  CHECK(ran == Approx(cpu));
  for (const char* kind : {"heap", "mutex"})
    CHECK(load(directory.file(std::string(kind) + ".prof")).sample_count() > 0);
}
