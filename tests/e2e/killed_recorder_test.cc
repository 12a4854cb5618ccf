// SIGKILL of the recorder, and of the `prof collect` that comes after it, at random instants: the program
// goes on to its own end, and the spools that are left make a valid profile. And a program that would kill
// it.
#include <filesystem>
#include <random>

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
using prof::test::write;

namespace {

constexpr const char* kScript = R"sh(
  "$PROF" record -q -F 1000 -o out.prof "$APP" return 300 > said & recorder=$!
  sleep "$1"; kill -9 $recorder 2> /dev/null; wait $recorder; status=$?
  for i in $(seq 200); do grep -q ready said && break; sleep 0.02; done
  cat said
  [ $status = 7 ] && exit 0     # it was quicker than the kill
  sleep 0.1
  for spools in "$TMPDIR"/prof-*; do
    [ -n "$(ls "$spools"/*.spool 2> /dev/null)" ] || continue   # killed before the program began
    timeout -s KILL "$2" "$PROF" collect --output-dir . "$spools" 2> /dev/null
    "$PROF" collect --output-dir . "$spools" && echo collected
  done
)sh";

void kill_recorders(int times) {
  std::mt19937 random(7);
  int collected = 0;
  for (int i = 0; i < times; ++i) {
    TempDir directory;
    Run options;
    options.directory = directory.path();
    options.env = {{"PROF", tool("prof")}, {"APP", tool("e2e_exits")}, {"TMPDIR", directory.path()}};
    const auto seconds = [&](unsigned most_ms) {
      return "0." + std::to_string(1000 + random() % most_ms).substr(1);
    };
    const std::string when = seconds(900), collect = seconds(60);
    const Outcome outcome = run({"bash", "-c", kScript, "bash", when, collect}, options);
    INFO("kill " << i << " after " << when << " s, of collect after " << collect << " s\n"
                 << outcome.out << outcome.err);
    CHECK_FALSE(outcome.timed_out);
    if (outcome.out.find("collected") == std::string::npos) continue;
    ++collected;
    CHECK(outcome.out.find("ready") != std::string::npos);  // the program came to its end
    CHECK(total(load(directory.file("cpu.prof")), "cpu") < 0.5e9);
  }
  CHECK(collected > 0);
}

}  // namespace

TEST_CASE("a recorder that is killed at a random instant leaves spools that make a profile") {
  kill_recorders(6);
}

TEST_CASE("recorders that are killed at three hundred random instants leave spools that make profiles",
          "[.soak]") {
  kill_recorders(300);
}

// The recorder read what was gone, and was killed by SIGBUS with the profile.
TEST_CASE("a program that cuts its own spool short is in the profile up to there, and a warning says so") {
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <dirent.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <time.h>
    #include <unistd.h>
    __attribute__((noinline)) static void burn(clock_t until) { while (clock() < until) {} }
    int main(void) {
      burn(200000);
      char line[4096];
      FILE* maps = fopen("/proc/self/maps", "r");
      while (fgets(line, sizeof line, maps) != NULL) {
        char* path = strchr(line, '/');
        if (path == NULL || strstr(path, ".spool") == NULL) continue;
        path[strcspn(path, "\n")] = 0;
        if (truncate(path, 0) == 0) break;
      }
      burn(600000);
      return 0;
    })");
  REQUIRE(run({"gcc", "-O1", directory.file("main.c"), "-o", directory.file("main")}).code == 0);
  Run options;
  options.directory = directory.path();
  const Outcome outcome = run({tool("prof"), "record", "-F", "500", "./main"}, options);
  INFO(outcome.err);
  CHECK_THAT(outcome.err, Catch::Contains("its spool was cut short"));
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "burn") > 1e8);
}
