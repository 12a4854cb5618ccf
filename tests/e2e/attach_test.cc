// Recording from outside: running processes and static programs. Skipped where the kernel forbids perf.
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::percent_seen;
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
  options.env["FAMILY"] = tool("e2e_family");
  options.env["EXITS"] = tool("e2e_exits");
  return run({"sh", "-c", script}, options);
}

bool is_forbidden(const Outcome& outcome) {
  if (outcome.code != 1 || !contains(outcome.err, "cannot sample")) return false;
  WARN("skipped: perf is not allowed here: " << outcome.err);
  return true;
}

std::set<std::string> functions(const prof::Profile& profile) {
  std::set<std::string> all;
  for (const auto& function : profile.functions()) all.emplace(profile.string(function.name));
  return all;
}

constexpr const char* kThousandsOfThreads = R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <time.h>
    #include <unistd.h>
    static double used(void) {
      struct timespec t;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
      return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    static void* burn(void* unused) {
      for (volatile int i = 0; i < 50000; i++) {}
      return unused;
    }
    int main(int count, char** arguments) {
      usleep(400000);
      pthread_t threads[8];
      for (int round = 0; count > 1 && round < atoi(arguments[1]); round++) {
        for (int i = 0; i < 8; i++) pthread_create(&threads[i], 0, burn, 0);
        for (int i = 0; i < 8; i++) pthread_join(threads[i], 0);
      }
      printf("%f\n", used());
    })";

}  // namespace

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

TEST_CASE("a static program is sampled from its first instruction, with its own exit code and streams") {
  TempDir directory;
  prof::test::write(directory.file("main.c"),
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

// Samples of whole periods alone were 36% of its CPU time.
TEST_CASE("a static program of many short threads has all of its CPU time in the profile") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <time.h>
    #include <unistd.h>
    static double used(clockid_t clock) {
      struct timespec t;
      clock_gettime(clock, &t);
      return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    static void* burn(void* unused) {
      usleep(100000);
      for (const double end = used(CLOCK_THREAD_CPUTIME_ID) + 0.012; used(CLOCK_THREAD_CPUTIME_ID) < end;) {}
      return unused;
    }
    int main(void) {
      pthread_t threads[60];
      for (int i = 0; i < 60; i++) pthread_create(&threads[i], 0, burn, 0);
      for (int i = 0; i < 60; i++) pthread_join(threads[i], 0);
      printf("%f\n", used(CLOCK_PROCESS_CPUTIME_ID));
    })");
  REQUIRE(run({"gcc", "-O1", "-static", "-pthread", directory.file("main.c"), "-o", directory.file("static")})
              .code == 0);
  const Outcome outcome = shell(directory, R"("$PROF" record ./static)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  if (contains(outcome.err, "user mode only")) return;
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(1e9 * std::stod(outcome.out)).epsilon(0.05));
}

// It was an empty profile, and "157 ms of time in the kernel", where nearly all was in user mode.
TEST_CASE("short threads of a static program are in an ordinary user's profile, and not the kernel's") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <sys/resource.h>
    static void* burn(void* unused) {
      for (volatile int i = 0; i < 3000000; i++) {}
      return unused;
    }
    int main(void) {
      pthread_t threads[4];
      for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, burn, 0);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
      }
      struct rusage used;
      getrusage(RUSAGE_SELF, &used);
      printf("%f\n", used.ru_utime.tv_sec + 1e-6 * used.ru_utime.tv_usec);
    })");
  REQUIRE(run({"gcc", "-O1", "-static", "-pthread", directory.file("main.c"), "-o", directory.file("static")})
              .code == 0);
  std::string user;
  if (::geteuid() == 0 && prof::test::has_program("setpriv")) {
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    user = "setpriv --reuid 65534 --clear-groups --inh-caps=-all ";
  }
  const Outcome outcome = shell(directory, user + R"("$PROF" record -F 100 ./static)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(1e9 * std::stod(outcome.out)).epsilon(0.2));
}

// The counts that threads told at their end broke rings that another CPU wrote at that moment: what came
// after that was lost, 11 to 70% of it were seen here, once a thousandfold.
TEST_CASE("an attached process whose threads end in thousands has its CPU time in the profile") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), kThousandsOfThreads);
  REQUIRE(run({"gcc", "-O1", "-pthread", directory.file("main.c"), "-o", directory.file("main")}).code == 0);
  const Outcome outcome = shell(directory, R"(./main 2500 & "$PROF" record -F 10000 -p $!; wait)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  if (contains(outcome.err, "user mode only")) return;
  const double used = 1e9 * std::stod(outcome.out);
  const double seen = total(load(directory.file("cpu.prof")), "cpu");
  CHECK(seen < 1.02 * used);
  CHECK(seen > 0.75 * used);  // what the kernel does to end a thread has no thread
}

// Nothing describes the code behind the system call that makes a thread, nor did anything call it.
TEST_CASE("stacks of an attached process that end where a thread begins: a hundred frames of nowhere") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), kThousandsOfThreads);
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

// One thread in several ended with its creator's events, and kept whole periods; and the process had the CPU
// time that its clock said up to 20 ms before its end.
TEST_CASE("an attached process of few short threads has all of its CPU time in profile and words") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <time.h>
    #include <unistd.h>
    static double used(clockid_t clock) {
      struct timespec t;
      clock_gettime(clock, &t);
      return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    static void* burn(void* unused) {
      for (const double end = used(CLOCK_THREAD_CPUTIME_ID) + 0.035; used(CLOCK_THREAD_CPUTIME_ID) < end;) {
        for (volatile int i = 0; i < 100000; i++) {}
      }
      return unused;
    }
    int main(void) {
      usleep(400000);
      const double before = used(CLOCK_PROCESS_CPUTIME_ID);
      pthread_t threads[4];
      for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, burn, 0);
      for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
      printf("%f\n", used(CLOCK_PROCESS_CPUTIME_ID) - before);
    })");
  REQUIRE(run({"gcc", "-O1", "-pthread", directory.file("main.c"), "-o", directory.file("main")}).code == 0);
  std::vector<std::string> users = {""};
  if (::geteuid() == 0 && prof::test::has_program("setpriv")) {
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    users.emplace_back("setpriv --reuid 65534 --clear-groups --inh-caps=-all ");
  }
  for (const auto& user : users) {
    const Outcome outcome =
        shell(directory, user + "./main & " + user + R"("$PROF" record -F 50 -o short.prof -p $!; wait)");
    if (is_forbidden(outcome)) return;
    INFO(user << outcome.err);
    REQUIRE_FALSE(outcome.out.empty());
    const double used = 1e9 * std::stod(outcome.out);
    const double seen = total(load(directory.file("short.prof")), "cpu");
    if (!contains(outcome.err, "user mode only")) CHECK(seen == Approx(used).epsilon(0.03));
    CHECK(1e9 * prof::test::seconds_used(outcome.err) == Approx(used).epsilon(0.03));
    std::filesystem::remove(directory.file("short.prof"));
  }
}

TEST_CASE(
    "what a static program's thread that execs used, and not what children did that were not to be "
    "recorded") {
  TempDir directory;
  prof::test::write(directory.file("main.c"), R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>
    static double used(void) {
      struct timespec t;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
      return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    static void burn(double s) {
      for (const double end = used() + s; used() < end;) {}
    }
    static void* become(void* name) {
      burn(0.1);
      execl(name, name, "again", (char*)0);
      return name;
    }
    int main(int argc, char** argv) {
      burn(0.2);
      if (argc > 1) return printf("%f\n", used()), 0;
      const pid_t child = fork();
      if (child == 0) return burn(0.3), 0;
      waitpid(child, 0, 0);
      pthread_t thread;
      pthread_create(&thread, 0, become, argv[0]);
      pause();
    })");
  REQUIRE(run({"gcc", "-O1", "-static", "-pthread", directory.file("main.c"), "-o", directory.file("static")})
              .code == 0);
  const Outcome outcome = shell(directory, R"("$PROF" record -F 1000 --no-children ./static)");
  if (is_forbidden(outcome)) return;
  INFO(outcome.err);
  if (contains(outcome.err, "user mode only")) return;
  CHECK(total(load(directory.file("cpu.prof")), "cpu") == Approx(1e9 * std::stod(outcome.out)).epsilon(0.05));
  CHECK(contains(outcome.err, "as --no-children asked"));
  CHECK_FALSE(contains(outcome.err, "ending threads"));
}

// What was known of each was kept to the end, 35 KB, and its clock was asked at every look.
TEST_CASE("processes by the thousand cost the recorder from outside little memory once they ended") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: the sanitizer keeps what is freed");
#else
  TempDir directory;
  prof::test::write(directory.file("forks.c"), R"(
    #include <stdlib.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(int count, char** arguments) {
      for (int i = count > 1 ? atoi(arguments[1]) : 0; i > 0; i--) {
        const pid_t child = fork();
        if (child == 0) _exit(0);
        waitpid(child, 0, 0);
      }
    })");
  prof::test::write(directory.file("most.c"), R"(
    #include <stdio.h>
    #include <sys/resource.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(int count, char** arguments) {
      (void)count;
      if (fork() == 0) execv(arguments[1], arguments + 1), _exit(1);
      int status;
      wait(&status);
      struct rusage used;
      getrusage(RUSAGE_CHILDREN, &used);
      printf("%ld\n", used.ru_maxrss);
      return WEXITSTATUS(status);
    })");
  const Outcome outcome = shell(directory, R"(
    gcc -O1 -static forks.c -o forks && gcc most.c -o most || exit 99
    ./most "$PROF" record -F 100 ./forks 500 && ./most "$PROF" record -F 100 ./forks 4000)");
  REQUIRE(outcome.code != 99);
  if (is_forbidden(outcome)) return;
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const long few = std::stol(outcome.out), many = std::stol(outcome.out.substr(outcome.out.find('\n')));
  CHECK(many - few < 50'000);
#endif
}

// There was no file, and the closing block said "(lost)"; at 1000 Hz and more it advised more work.
TEST_CASE(
    "time of a static program too short for a sample is in files of --per-process, and more Hz advised") {
  TempDir directory;
  prof::test::write(directory.file("main.c"),
                    "int main(void) { for (volatile int i = 0; i < 300000; i++) {} }\n");
  const Outcome outcome = shell(directory, R"(
    gcc -O1 -static main.c -o brief || exit 99
    for i in 1 2 3 4 5; do
      rm -rf out; "$PROF" record -F 1000 --per-process -o out/ ./brief 2> told || break
      grep -q ' 0 samples' told && break
    done
    "$PROF" record -F 1000 ./brief 2> plain; cat told plain >&2; ls out)");
  REQUIRE(outcome.code != 99);
  if (is_forbidden(outcome)) return;
  INFO(outcome.out << outcome.err);
  if (contains(outcome.err, "user mode only")) return;  // no tick of the kernel's may have found it
  CHECK(outcome.out.starts_with("brief-"));
  const auto plain = prof::test::read(directory.file("plain"));
  if (contains(plain, " 0 samples")) CHECK(contains(plain, "-F 10000"));
}

// They had their parent's names.
TEST_CASE("short programs that an attached shell starts have their own names as processes") {
  TempDir directory;
  prof::test::write(directory.file("main.c"),
                    "int main(void) { for (volatile int i = 0; i < 4000000; i++) {} }\n");
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
  prof::test::write(directory.file("main.c"), R"(
    #include <sys/wait.h>
    #include <unistd.h>
    int main(int count, char** arguments) {
      if (count > 1 && fork() == 0) execv(arguments[1], arguments + 1), _exit(1);
      wait(0);
    })");
  prof::test::write(directory.file("privileged.c"), R"(
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
  prof::test::write(directory.file("main.c"), R"(
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

TEST_CASE("a musl program did not run under the recorder: it is sampled from outside") {
  TempDir directory;
  // Work of its own: musl's code has no unwind tables.
  prof::test::write(directory.file("burn.c"),
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
  prof::test::write(directory.file("main.c"), R"(
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
