// Processes that are recorded from outside with the one that was asked for. Skipped where the kernel forbids
// perf.
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/from_outside.h"

using namespace prof::test;

TEST_CASE("children of an attached process are followed, and apart") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    sh -c 'sleep 0.4; "$FAMILY"; :' & "$PROF" record -F 500 -p $!; code=$?; wait; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  for (const char* function : {"parent_work", "forked_work", "executed_work"}) {
    INFO(function);
    CHECK(total(profile, "cpu", function) == Approx(3e8).epsilon(0.15));
  }
}

// They were neither recorded nor told.
TEST_CASE("children of an attached process that run already are recorded, and theirs") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    sh -c 'sh -c "\"$APP\" 700; :" > used & "$FAMILY" > /dev/null; wait' & parent=$!; sleep 0.2
    "$PROF" record -F 500 -e cpu,wall -o all -p $parent; code=$?; wait
    sh -c '"$APP" 700 > used; :' & sleep 0.2
    "$PROF" record -q -F 500 --no-children -o alone.prof -p $!; wait; exit $code)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("all.cpu.prof"));
  CHECK(total(profile, "cpu", "heavy") > 0.5e9);
  CHECK(total(profile, "cpu", "executed_work") > 0.1e9);  // the last of three parts
  CHECK(total(load(directory.file("all.wall.prof")), "wall", "heavy") > 0.5e9);
  CHECK(total(load(directory.file("alone.prof")), "cpu") < 0.1e9);
}

TEST_CASE("children that are too many to be recorded with an attached process are told") {
  TempDir directory;
  const Outcome outcome = shell(directory, R"(
    sh -c 'for i in $(seq 80); do sleep 1 & done; wait' & sleep 0.2
    ulimit -n $((84 + $(getconf _NPROCESSORS_CONF))); "$PROF" record -p $!)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, " child processes are not recorded: "));
  CHECK(std::filesystem::exists(directory.file("cpu.prof")));
}

// They had their parent's names.
TEST_CASE("short programs that an attached shell starts have their own names as processes") {
  TempDir directory;
  write(directory.file("main.c"), "int main(void) { for (volatile int i = 0; i < 4000000; i++) {} }\n");
  const Outcome outcome = shell(directory, R"(
    gcc -O1 main.c -o brief || exit 99
    sh -c 'sleep 0.4; for i in 1 2 3 4 5 6 7 8 9 10; do ./brief; done' & "$PROF" record -F 1000 -p $!; code=$?
    wait; exit $code)");
  REQUIRE(outcome.code != 99);
  if (is_forbidden(outcome)) return;
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  double brief = 0, all = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    const auto ns = static_cast<double>(profile.values(i)[1]);
    all += ns;
    for (const auto& label : profile.labels(i)) {
      const bool is_process = profile.string(label.key) == "process";
      if (is_process && profile.string(label.str) == "brief") brief += ns;
    }
  }
  CHECK(brief > 0.6 * all);  // what a shell does to start one is the shell's
}

// Not a word was of them, and their time was called the kernel's.
TEST_CASE("set-user-id children of a program that is recorded from outside are told as not profiled") {
  if (::geteuid() != 0 || !prof::test::has_program("setpriv")) {
    WARN("skipped: only root makes a program set-user-id");
    return;
  }
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <sys/wait.h>
    #include <unistd.h>
    int main(int count, char** arguments) {
      if (count > 1 && fork() == 0) execv(arguments[1], arguments + 1), _exit(1);
      wait(0);
    })");
  write(directory.file("privileged.c"), R"(
    #include <time.h>
    int main(void) { while (clock() < CLOCKS_PER_SEC / 5) {} })");
  const std::string user = "setpriv --reuid 65534 --clear-groups --inh-caps=-all ";
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  const Outcome outcome = shell(directory, R"(
    gcc -O1 -static main.c -o main && gcc privileged.c -o privileged && chmod 4755 privileged || exit 99
    )" + user + R"("$PROF" record -F 1000 ./main ./privileged)");
  REQUIRE(outcome.code != 99);
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(contains(outcome.err, "not profiled  privileged: it is set-user-id"));
  CHECK(contains(outcome.err, " of processes that were not profiled"));
  CHECK_FALSE(contains(outcome.err, "ms of time in the kernel"));
}

// It was the old process still, and its addresses the old program's functions.
TEST_CASE("a process from outside whose number an ended one had is another one, with its own functions") {
  if (::access("/proc/sys/kernel/ns_last_pid", W_OK) != 0) {
    WARN("skipped: only root chooses process numbers");
    return;
  }
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <fcntl.h>
    #include <stdio.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>
    void work_again(void) { while (clock() < CLOCKS_PER_SEC / 5) {} }
    int main(int count, char** arguments) {
      const pid_t first = fork();
      if (first == 0) execl(arguments[1], arguments[1], "200", (char*)0), _exit(1);
      waitpid(first, 0, 0);
      for (int i = 0; count > 1 && i < 2000; i++) {
        char text[16];
        const int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
        (void)!write(last, text, sprintf(text, "%d", first - 1));
        close(last);
        const pid_t child = fork();
        if (child == 0 && getpid() == first) work_again();
        if (child == 0) _exit(0);
        waitpid(child, 0, 0);
        if (child == first) return 0;
      }
      return 77;
    })");
  const Outcome outcome = shell(directory, R"(
    gcc -O1 -static main.c -o main || exit 99
    "$PROF" record -F 1000 ./main "$APP")");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  if (outcome.code == 77) {
    WARN("skipped: the number was not to be had");
    return;
  }
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "heavy") > 0.1e9);
  CHECK(total(profile, "cpu", "work_again") == Approx(0.2e9).epsilon(0.2));
}
