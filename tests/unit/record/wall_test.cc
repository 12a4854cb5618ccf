// The accounts of the wall-clock kind, and what is read of threads from outside.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "libprof/record/clocks.h"
#include "libprof/record/outside.h"
#include "libprof/record/stopwatch.h"
#include "libprof/record/wait_state.h"
#include "libprof/record/wall_accounts.h"
#include "libprof/record/wall_watch.h"

using namespace prof::record;

TEST_CASE("what no sample told of a thread is owed at its end, once") {
  WallAccounts accounts;
  ThreadAccount& thread = accounts.begin(7, 1'000);
  thread.seen_ns = 600;
  CHECK(&accounts.begin(7, 1'500) == &thread);  // told again
  CHECK(accounts.settle(thread, 2'000) == 400);
  CHECK(accounts.settle(thread, 3'000) == 0);
  CHECK(accounts.begin(7, 9'000).seen_ns == 0);  // the number is another thread's now
  CHECK(accounts.known(8) == nullptr);
}

// Samples stand for whole periods: of threads of half a period every second has one, and their sum is to be
// right.
TEST_CASE("threads that are shorter than a period add up") {
  WallAccounts accounts;
  double sum = 0;
  for (uint32_t tid = 1; tid <= 1'000; tid++) {
    ThreadAccount& thread = accounts.begin(tid, 100'000);
    thread.seen_ns = tid % 2 == 0 ? 10'000 : 0;
    sum += thread.seen_ns + accounts.settle(thread, 105'000);
  }
  CHECK(sum == Approx(1'000 * 5'000).margin(10'000));
}

TEST_CASE("states are called as system calls are") {
  CHECK(state_name(state_of_call(SYS_futex)) == "futex");
  CHECK(state_name(state_of_call(SYS_clock_nanosleep)) == "clock_nanosleep");
  CHECK(state_name(kRunnable) == "runnable");
  CHECK(state_name(state_of_call(100'000)) == "syscall 100000");
}

TEST_CASE("a process on its way out was said to refuse a look into it") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended = {};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  const auto pid = static_cast<uint32_t>(child);
  CHECK(is_exiting(pid));
  CHECK_FALSE(is_exiting(static_cast<uint32_t>(::getpid())));
  const auto header = std::make_unique<prof::spool::Header>();
  header->pid = pid;
  header->kinds = 1 << static_cast<int>(prof::Kind::k_wall);
  ProcessRecord record(*header, "/opt/app");
  ProcessRecord* const all[] = {&record};
  WallWatch watch(1'000'000);
  watch.poll(all);
  CHECK(record.wall().all().size() == 1);
  CHECK(record.wall_refused == "");
  CHECK(::waitpid(child, nullptr, 0) == child);
}

// As this one's threads have no agent, neither is their time on a CPU sampled.
TEST_CASE("threads whose ends no agent told lived on to the end of the process, and never ran") {
  const auto header = std::make_unique<prof::spool::Header>();
  header->pid = static_cast<uint32_t>(::getpid());
  header->kinds = 1 << static_cast<int>(prof::Kind::k_wall);
  for (auto& period : header->periods) period = 10'000'000;
  ProcessRecord record(*header, "/opt/app");
  ProcessRecord* const all[] = {&record};
  WallWatch watch(1'000'000);
  std::atomic<uint32_t> tid = 0;
  double lived = 0, ran = 0;
  std::thread thread([&] {
    const Stopwatch life;
    tid = static_cast<uint32_t>(::gettid());
    while (now_ns(CLOCK_THREAD_CPUTIME_ID) < 100'000'000) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ran = static_cast<double>(now_ns(CLOCK_THREAD_CPUTIME_ID));
    lived = 1e9 * life.seconds();
  });
  const auto is_there = [&] { return tid == 0 || TaskDirectory(header->pid).clock(tid); };
  for (Stopwatch since_end; since_end.seconds() < 0.2;) {
    watch.poll(all);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (is_there()) since_end.restart();
  }
  thread.join();
  record.end_monotonic_ns = now_ns();
  record.finish(*header, true);

  const KindRecord& wall = record.kind(prof::Kind::k_wall);
  double told = 0, running = 0;
  for (uint32_t id = 0; id < wall.stack_count(); id++) {
    if (wall.stack(id).tid != tid) continue;
    told += wall.values[id][1];
    if (wall.stack(id).state == kRunning) running += wall.values[id][1];
  }
  CHECK(told == Approx(lived).margin(50e6));  // of 200 ms, and as long again until the end of the process
  CHECK(running == Approx(ran).margin(20e6));
}

TEST_CASE("a blocked child is seen from outside: its call, its clock, its memory; one that is gone is not") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  char secret[9000] = "of the child";
  const pid_t child = ::fork();
  if (child == 0) {
    secret[8999] = 'x';
    char byte = 0;
    ::_exit(static_cast<int>(::read(ends[0], &byte, 1)));
  }
  const auto tid = static_cast<uint32_t>(child);
  const TaskDirectory tasks(tid);
  CHECK(tasks.threads() == std::vector<uint32_t>{tid});
  BlockedAt at;
  int error = EAGAIN;
  for (int i = 0; i < 2'000 && error == EAGAIN; i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    error = tasks.blocked_at(tid, at);
  }
  CHECK(error == 0);
  CHECK(at.call == SYS_read);
  CHECK(at.pc != 0);
  const auto clock = tasks.clock(tid);
  REQUIRE(clock);
  CHECK(clock->turns > 0);
  char copy[9000] = {};
  CHECK(read_memory(tid, reinterpret_cast<uint64_t>(secret), copy, sizeof copy) == sizeof copy);
  CHECK(copy[8999] == 'x');
  CHECK(read_memory(tid, 4096, copy, sizeof copy) == -1);
  CHECK(::write(ends[1], "", 1) == 1);
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(tasks.clock(tid));
  CHECK(tasks.threads().empty());
  ::close(ends[0]);
  ::close(ends[1]);
}
