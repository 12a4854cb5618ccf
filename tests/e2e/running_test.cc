// Profiles of programs that do not end: snapshots, durations, checkpoints.
#include <filesystem>
#include <sstream>

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

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Outcome shell(const TempDir& directory, const std::string& script) {
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  options.env["APP"] = tool("e2e_two_threads");
  options.env["EMBEDDED"] = tool("e2e_embedded");
  options.env["TMPDIR"] = directory.path();
  return run({"sh", "-c", script}, options);
}

}  // namespace

TEST_CASE("a snapshot of a recorded program, by its pid and by its recorder's, while both go on") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record -q sh -c 'echo $$ > pid; exec "$APP" 3000' > ran & recorder=$!
    sleep 0.7
    "$PROF" snapshot -p $(cat pid) && cp cpu.prof first.prof
    "$PROF" snapshot -p $recorder -o second.prof
    wait $recorder)");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == directory.file("cpu.prof") + "\nsecond.prof\n");
  const double first = total(load(directory.file("first.prof")), "cpu", "heavy");
  CHECK(first > 1e8);
  CHECK(total(load(directory.file("second.prof")), "cpu", "heavy") >= first);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(6e9).epsilon(0.05));
}

// The names without processes were told, and there was nothing to copy.
TEST_CASE("a snapshot with a profile for each process tells and copies those") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record -q --per-process -e cpu,heap -o pp/ sh -c 'exec "$APP" 2000' > ran & recorder=$!
    sleep 0.7
    "$PROF" snapshot -p $recorder && "$PROF" snapshot -p $recorder -o copies/
    wait $recorder)");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  std::istringstream lines(outcome.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); count++) {
    INFO(line);
    CHECK(contains(line, "e2e_two_threads-"));
    CHECK(std::filesystem::exists(line[0] == '/' ? line : directory.file(line)));
  }
  CHECK(count >= 2);
}

// -o was ignored, and the exit code 0.
TEST_CASE("a snapshot of a program that records itself is copied") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$EMBEDDED" for 1500 > said & app=$!
    sleep 0.7
    "$PROF" snapshot -p $app -o copy.prof
    wait $app; cat said)");
  INFO(outcome.err);
  CHECK(outcome.out == "copy.prof\n0 \n");
  CHECK(total(load(directory.file("copy.prof")), "cpu") > 1e8);
  CHECK(std::filesystem::exists(directory.file("cpu.prof")));
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    CHECK_FALSE(contains(entry.path().filename(), "prof-"));  // spools
  }
}

// It waited for ever.
TEST_CASE("a snapshot does not wait for a recorder that is stopped") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record -q sh -c 'exec "$APP" 2000' > ran & recorder=$!
    sleep 0.7; kill -STOP $recorder
    "$PROF" snapshot -p $recorder; code=$?
    kill -CONT $recorder; wait $recorder
    echo $code $recorder)");
  CHECK(contains(outcome.out, "1 "));
  const std::string recorder = outcome.out.substr(2, outcome.out.find('\n') - 2);
  CHECK(contains(outcome.err,
                 "the recorder, process " + recorder + ", stands still; if it was stopped, kill -CONT"));
}

TEST_CASE("what has no recording says so") {
  TempDir directory;
  const Outcome other = shell(directory, "exec \"$PROF\" snapshot -p $$");
  CHECK(other.code == 1);
  CHECK(contains(other.err, "is not being recorded; attach to it: prof record -p "));
  CHECK(contains(shell(directory, "\"$PROF\" snapshot -p 4194305").err, "there is no process 4194305"));
}

TEST_CASE("option --duration ends the recording, and the program goes on") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record --duration 0.5 sh -c '"$APP" 800 > ran.tmp; mv ran.tmp ran'; ls ran 2>&1; echo ended
    i=0; while [ $i -lt 100 ] && [ ! -e ran ]; do sleep 0.1; i=$((i+1)); done; cat ran)");
  INFO(outcome.err << outcome.out);
  CHECK(contains(outcome.out, "ended\n1"));  // 1.6 s of CPU time
  CHECK(contains(outcome.err, "no longer recorded"));
  const double seen = total(load(directory.file("cpu.prof")), "cpu");
  CHECK(seen > 1e8);
  CHECK(seen < 1.3e9);
}

TEST_CASE("a killed recorder loses no more than what came since the last checkpoint") {
  TempDir directory;
  shell(directory, R"(
    "$PROF" record -q --checkpoint 0.2 "$APP" 700 > ran & sleep 1; kill -KILL $!
    i=0; while [ $i -lt 100 ] && [ ! -s ran ]; do sleep 0.1; i=$((i+1)); done)");
  CHECK(total(load(directory.file("cpu.prof")), "cpu", "heavy") > 2e8);
}

// Its child was waited for after the final profiles were written, and put its own in their place.
TEST_CASE("a checkpoint that ended after the program replaced the final profile by its older one") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record -q --checkpoint 0.1 "$APP" 1500 > ran & recorder=$!
    children() { cat /proc/$recorder/task/$recorder/children; }
    names() { for child in $(children); do cat /proc/$child/comm; done; }
    until names | grep -q first; do sleep 0.01; done
    known=" $(children) "
    until [ "$checkpoint" ]; do
      for child in $(children); do
        case "$known" in *" $child "*) ;; *) checkpoint=$child;; esac
      done
    done
    kill -STOP $checkpoint
    until [ -s ran ]; do sleep 0.05; done; sleep 0.5
    kill -CONT $checkpoint; wait $recorder)");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(3e9).epsilon(0.05));
}

// It read the rings that the recorder reads: what either took the other lost, and then all that followed.
TEST_CASE("a collect of what is still recorded took it from the recorder") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$PROF" record -q "$APP" 1000 > ran & recorder=$!
    until ls prof-*/*.spool > spools 2> /dev/null; do sleep 0.01; done; sleep 0.3
    for i in 1 2 3; do "$PROF" collect -output-dir collected prof-*; echo $?; done
    wait $recorder; echo $recorder)");
  INFO(outcome.err);
  CHECK(contains(outcome.out, "1\n1\n1\n"));
  CHECK(contains(outcome.err, " records into it; its profiles as of now: prof snapshot -p " +
                                  outcome.out.substr(6, outcome.out.size() - 7)));
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(2e9).epsilon(0.05));
}
