// Recording from outside: running processes and static programs. Skipped where the kernel forbids perf.
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/from_outside.h"

using namespace prof::test;

TEST_CASE("an attached process: its CPU time, its threads, and the functions that a recorded one names") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$APP" 1200 > used & sleep 0.2; "$PROF" record -F 1000 -o attached.prof -p $!; code=$?; wait
    "$PROF" record -q -F 1000 -o recorded.prof "$APP" 300 > /dev/null; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto attached = load(directory.file("attached.prof"));
  const auto recorded = load(directory.file("recorded.prof"));
  const double seen = total(attached, "cpu");
  CHECK(seen > 1e9);
  CHECK(total(attached, "cpu", "heavy") / seen == Approx(0.73).margin(0.1));
  CHECK(total(attached, "cpu", "_start") + total(attached, "cpu", "clone3") > 0.99 * seen);
  const auto names = functions(attached);
  for (const char* name : {"heavy", "light", "work", "main", "_start", "start_thread", "clone3"}) {
    INFO(name);
    CHECK(names.contains(name));
    CHECK(functions(recorded).contains(name));
  }
  CHECK(percent_seen(outcome.err) == Approx(100).margin(5));
}

// The first ring took all that may be locked, and the next one none.
TEST_CASE(
    "an attached process is recorded where less memory may be locked than full rings of all CPUs take") {
  TempDir directory;
  std::string user;
  if (::geteuid() == 0 && prof::test::has_program("setpriv")) {
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    user = "setpriv --reuid 65534 --clear-groups --inh-caps=-all ";
  }
  const Outcome outcome = shell(directory, "ulimit -l 4000; " + user + R"("$APP" 900 > used & )" + user +
                                               R"("$PROF" record -p $!; code=$?; wait; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > 0.3e9);
}

TEST_CASE("options --duration and Ctrl-C end what was attached, and the process goes on") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$APP" 900 > ran & app=$!; "$PROF" record --duration 0.3 -p $app || exit 1; echo "code $?"
    sh -c 'trap - INT; exec "$0" record -q -o second.prof -p "$1"' "$PROF" $app & second=$!
    sleep 0.4; kill -TERM $second; wait $second; echo "code $?"; wait $app; cat ran)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(contains(outcome.out, "code 0\ncode 0\n1"));
  CHECK(percent_seen(outcome.err) > 80);  // of the first, which is not quiet; a busy machine gives it little
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > 0);
  CHECK(total(load(directory.file("second.prof")), "cpu") > 0);
}

TEST_CASE("a static program is sampled from its first instruction, with its own exit code and streams") {
  TempDir directory;
  write(directory.file("main.c"),
        "#include <stdio.h>\n#include <time.h>\n"
        "__attribute__((noinline)) void burn(void) { while (clock() < 500000) {} }\n"
        "int main(void) { burn(); puts(\"done\"); return 7; }\n");
  REQUIRE(
      run({"gcc", "-g", "-O1", "-static", directory.file("main.c"), "-o", directory.file("static")}).code ==
      0);
  const Outcome outcome = shell(directory, R"("$PROF" record -F 500 ./static)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(outcome.code == 7);
  CHECK(outcome.out == "done\n");
  const auto profile = load(directory.file("cpu.prof"));
  const double seen = total(profile, "cpu");
  CHECK(total(profile, "cpu", "burn") > 0.9 * seen);
  CHECK(total(profile, "cpu", "_start") > 0.99 * seen);
  CHECK_FALSE(contains(outcome.err, "start-up"));  // what is not seen in user mode only is time in the kernel
  CHECK(seen > (contains(outcome.err, "user mode only") ? 5e7 : 4.5e8));
}

// Nothing describes the code behind the system call that makes a thread, nor did anything call it.
TEST_CASE("stacks of an attached process that end where a thread begins: a hundred frames of nowhere") {
  TempDir directory;
  write(directory.file("main.c"), kThousandsOfThreads);
  REQUIRE(run({"gcc", "-O1", "-pthread", directory.file("main.c"), "-o", directory.file("main")}).code == 0);
  const Outcome outcome = shell(directory, R"(./main 800 & "$PROF" record -F 10000 -p $!; wait)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  const auto profile = load(directory.file("cpu.prof"));
  size_t longest = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) longest = std::max(longest, profile.stack(i).size());
  CHECK(longest < 30);
  CHECK_FALSE(contains(outcome.err, "truncated"));
  CHECK_FALSE(contains(outcome.err, "code outside all files"));
}

TEST_CASE("a musl program did not run under the recorder: it is sampled from outside") {
  TempDir directory;
  // Work of its own: musl's code has no unwind tables.
  write(directory.file("burn.c"),
        "int main(void) { for (volatile int i = 0; i < 500000000; i++) {} return 7; }\n");
  const Outcome outcome = shell(directory, R"(
    musl-gcc -g burn.c -o burn || exit 99
    echo "#!$PWD/burn" > script; chmod +x script
    "$PROF" record -o script.prof ./script; echo $?
    exec "$PROF" record -F 1000 ./burn)");
  if (outcome.code == 99) {
    WARN("skipped: no musl-gcc (musl-tools)");
    return;
  }
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(outcome.out == "7\n");
  CHECK(outcome.code == 7);
  for (const char* file : {"cpu.prof", "script.prof"}) {
    const auto profile = load(directory.file(file));
    CHECK(total(profile, "cpu", "main") > 5e7);
    CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
  }
}

TEST_CASE("an attached program that was built anew since, or deleted, has its own functions") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    cp "$APP" app; cp "$APP" gone
    ./app 800 > used & app=$!; ./gone 800 > used & gone=$!; sleep 0.2
    cp /bin/true new; mv new app; rm gone
    "$PROF" record -q -F 1000 -o app.prof -p $app --duration 0.3 &&
    "$PROF" record -q -F 1000 -o gone.prof -p $gone --duration 0.2; code=$?
    wait; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  for (const char* name : {"app", "gone"}) {
    const auto profile = load(directory.file(std::string(name) + ".prof"));
    CHECK(total(profile, "cpu", "heavy") > 0.5 * total(profile, "cpu"));
    CHECK(profile.string(profile.mappings()[0].file) == directory.file(name));
  }
}

// Nothing is told of the first thread then, in whose name the program was asked for: all was <unknown>.
TEST_CASE("an attached process whose first thread has left by pthread_exit has its functions") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$EXITS" "pthread_exit of main" 900 > ready & sleep 1.2
    "$PROF" record -F 500 -e cpu,wall -o left.prof -p $!; code=$?
    "$PROF" tags left.wall.prof; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto all = functions(load(directory.file("left.cpu.prof")));
  CHECK(all.count("work") + all.count("(anonymous namespace)::work") > 0);
  CHECK_FALSE(contains(outcome.err, "truncated"));
  // A thread that left waits for nothing: it was "page fault" to the end, beside the other.
  CHECK_FALSE(contains(outcome.out, "page fault"));
  const auto wall = load(directory.file("left.wall.prof"));
  CHECK(total(wall, "wall") < 1.2 * static_cast<double>(wall.duration_ns));
}

// --checkpoint was taken, and nothing written before the end.
TEST_CASE("a killed recorder from outside loses no more than what came since the last checkpoint") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    "$APP" 1200 > used & app=$!
    "$PROF" record -q -F 1000 --checkpoint 0.2 -o kept.prof -p $app & recorder=$!
    sleep 1; kill -KILL $recorder; wait $recorder; code=$?; wait $app; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 128 + 9);
  CHECK(total(load(directory.file("kept.prof")), "cpu") > 0.3e9);
}

// It was refused: such recordings had no snapshots.
TEST_CASE("a snapshot of what is recorded from outside, by its pid and by its recorder's, while both go on") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    export TMPDIR="$PWD"; "$APP" 1500 > used & app=$!
    "$PROF" record -q -F 1000 -p $app & recorder=$!
    sleep 0.6; "$PROF" snapshot -p $app && cp cpu.prof first.prof
    sleep 0.2; "$PROF" snapshot -p $recorder -o second.prof; code=$?
    wait $recorder; ls; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out ==
        directory.file("cpu.prof") + "\nsecond.prof\ncpu.prof\nfirst.prof\nsecond.prof\nused\n");
  const double first = total(load(directory.file("first.prof")), "cpu");
  const double second = total(load(directory.file("second.prof")), "cpu");
  CHECK(first > 0.2e9);
  CHECK(second > first);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") > second);
}

TEST_CASE("what cannot be attached says why, and what would allow it") {
  TempDir directory;
  CHECK(contains(shell(directory, "\"$PROF\" record -p 4194305").err, "there is no such process"));
  CHECK(contains(shell(directory, "\"$PROF\" record -e heap -p $$").err,
                 "anything but CPU time and wall-clock time from outside"));
  CHECK(shell(directory, "\"$PROF\" record -p $$ true").code == 2);
  const Outcome thread = shell(
      directory,
      R"("$APP" 300 > ran & sleep 0.1; "$PROF" record -p $(ls /proc/$!/task | tail -1); code=$?; wait; exit $code)");
  CHECK(thread.code == 1);
  CHECK(contains(thread.err, " is a thread of process "));
  if (::geteuid() != 0 || !prof::test::has_program("setpriv")) {
    WARN("skipped: not root, another user's process");
    return;
  }
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  const Outcome other = shell(directory, R"(
    sleep 5 & setpriv --reuid 65534 --clear-groups --inh-caps=-all "$PROF" record -p $!; kill $!)");
  CHECK(contains(other.err, "cannot sample process "));
  CHECK((contains(other.err, "it is another user's") || contains(other.err, "perf_event_paranoid is")));
  CHECK_FALSE(std::filesystem::exists(directory.file("cpu.prof")));
}

// The code of the process that had that number in the other one was read.
TEST_CASE("a process of a PID namespace that has no /proc of its own is not attached, and why is said") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    unshare -pf true || exit 99
    unshare -pf sh -c '"$APP" 300 > used & "$PROF" record -p $!; code=$?; wait; exit $code')");
  if (outcome.code == 99) {
    WARN("skipped: no namespaces here: " << outcome.err);
    return;
  }
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.err, "/proc is of another PID namespace"));
  CHECK_FALSE(std::filesystem::exists(directory.file("cpu.prof")));
}

// "it is another user's, or set-user-id", of one's own.
TEST_CASE("an attached process that is not dumpable is refused as that") {
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <sys/prctl.h>
    #include <unistd.h>
    int main(void) { return prctl(PR_SET_DUMPABLE, 0) + usleep(600000); })");
  std::string user;
  if (::geteuid() == 0 && prof::test::has_program("setpriv")) {
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    user = "setpriv --reuid 65534 --clear-groups --inh-caps=-all ";
  }
  const Outcome outcome = shell(directory, "gcc main.c -o main || exit 99; " + user + "./main & sleep 0.2; " +
                                               user + R"("$PROF" record -p $!; code=$?; wait; exit $code)");
  REQUIRE(outcome.code != 99);
  if (outcome.code == 0) return;  // root's only
  INFO(outcome.err);
  for (const char* other : {"perf_event_paranoid is ", "perf_event_open is forbidden", "no perf events"}) {
    if (contains(outcome.err, other)) return;
  }
  CHECK(contains(outcome.err, "it is not dumpable"));
}

TEST_CASE("doctor measures what works here, for root and for others, and exits with 0") {
  TempDir directory;
  std::vector<std::string> users = {""};
  if (::geteuid() == 0 && prof::test::has_program("setpriv")) {
    users.emplace_back("setpriv --reuid 65534 --clear-groups --inh-caps=-all ");
  }
  for (const auto& user : users) {
    const Outcome outcome = shell(directory, user + "\"$PROF\" doctor");
    INFO(user << outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, " a second of 1000 asked"));
    CHECK(contains(outcome.out, "perf_event_paranoid"));
    CHECK(contains(outcome.out, "MiB"));
    CHECK(contains(outcome.out, "prof record ./app                   yes\n"));
  }
  Run broken;
  broken.env["PROF_AGENT_LIBRARY"] = "/no/such/libprof.so";
  const Outcome outcome = run({tool("prof"), "doctor"}, broken);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "no  agent"));
  CHECK(contains(outcome.out, "prof record ./app                   no\n"));
}
