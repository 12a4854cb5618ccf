// SIGKILL at random instants: whatever the process was doing, its spool makes a valid profile, and only the
// records that were being written are lost.
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <new>
#include <random>

#include "libprof/profile/codec.h"
#include "libprof/record/build.h"
#include "libprof/record/collector.h"
#include "tests/support/files.h"
#include "tests/unit/record/fake_agent.h"

using prof::Kind;
using prof::record::Collector;
using prof::test::FakeAgent;
using prof::test::kAllKinds;
using prof::test::TempDir;

namespace {

constexpr int kThreads = 2;
constexpr int kWriters =
    kThreads + 1;  // and a signal handler, which interrupts them in the midst of a record

// Shared with the child: records whose write had returned before the kill.
struct Done {
  std::atomic<uint64_t> count[kWriters];
};

FakeAgent* agent = nullptr;
Done* done = nullptr;

// Every writer has a frame of its own. Stacks of many lengths: records meet the ring's end in all ways.
void write_one(int writer, uint64_t number) {
  uint64_t frames[64];
  const auto depth = static_cast<uint16_t>(1 + number * 7 % 64);
  for (uint64_t& frame : frames) frame = 0x1000;
  frames[0] = 0x1000 * (static_cast<uint64_t>(writer) + 2);
  prof::spool::Event event = {};
  event.tid = static_cast<uint32_t>(writer) + 1;
  event.kind = Kind::k_cpu;
  event.frame_count = depth;
  event.weight = 1;
  event.exact = 1;
  // Refused where the ring is full: that record was never begun.
  if (agent->writer().write(prof::spool::RecordType::kEvent, event, frames, depth * sizeof(uint64_t))) {
    done->count[writer].fetch_add(1, std::memory_order_release);
  }
}

void on_timer(int) {
  static uint64_t number = 0;
  write_one(kThreads, ++number);
}

void* write_for_ever(void* writer) {
  for (uint64_t number = 0;; ++number)
    write_one(static_cast<int>(reinterpret_cast<intptr_t>(writer)), number);
}

[[noreturn]] void be_recorded() {
  // Only the first thread takes the signal, so that the handler is one writer.
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::sigprocmask(SIG_BLOCK, &alarm, nullptr);
  pthread_t thread;
  ::pthread_create(&thread, nullptr, write_for_ever, reinterpret_cast<void*>(intptr_t{1}));
  ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
  ::signal(SIGALRM, on_timer);
  const itimerval often = {{0, 50}, {0, 50}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  write_for_ever(nullptr);
  ::_exit(0);
}

// What the profile holds of a writer.
uint64_t seen(const prof::Profile& profile, int writer) {
  uint64_t count = 0;
  for (size_t i = 0; i < profile.sample_count(); ++i) {
    const auto& leaf = profile.locations()[profile.stack(i)[0]];
    if (leaf.address == 0x1000 * (static_cast<uint64_t>(writer) + 2)) {
      count += static_cast<uint64_t>(profile.values(i)[0]);
    }
  }
  return count;
}

// `wait_us` after its birth the child is killed; the collector reads along, as it does, or comes after.
void kill_once(int wait_us, bool reads_along) {
  TempDir directory;
  FakeAgent made(directory.path(), 1, kAllKinds, 1 << 16);
  agent = &made;
  for (auto& count : done->count) count.store(0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) be_recorded();
  made.header().pid = static_cast<uint32_t>(child);
  Collector collector(directory.path(), false);
  const auto now = [] {
    timespec time = {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
  };
  for (const auto end = now() + wait_us; now() < end;) {
    if (reads_along) collector.poll();
    ::usleep(50);
  }
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  collector.finish();

  REQUIRE(collector.warnings().empty());
  REQUIRE(collector.processes().size() == 1);
  const auto profiles = prof::record::build_profiles(collector.processes(), {"app", {}});
  const auto decoded = prof::decode_profile(prof::encode_profile(profiles.kinds[0].profile));
  REQUIRE(decoded);
  for (int writer = 0; writer < kWriters; ++writer) {
    const uint64_t whole = done->count[writer].load();
    INFO("writer " << writer << " wrote " << whole);
    REQUIRE(seen(*decoded, writer) >= whole);
    REQUIRE(seen(*decoded, writer) <= whole + 1);  // written, and killed before it was counted
  }
  // One record of each writer: at most 64 frames and two headers; and the filler at the ring's end.
  const uint64_t longest = sizeof(prof::spool::RecordHeader) + sizeof(prof::spool::Event) + 64 * 8 + 16;
  REQUIRE(profiles.skipped_bytes <= 2 * kWriters * longest);
}

void kill_often(int times) {
  void* const page = ::mmap(nullptr, sizeof(Done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  done = new (page) Done{};
  std::mt19937 random(3);
  for (int i = 0; i < times; ++i) {
    INFO("kill " << i);
    kill_once(static_cast<int>(random() % 3000), i % 2 == 0);
  }
  ::munmap(page, sizeof(Done));
}

}  // namespace

TEST_CASE("a hundred SIGKILLs at random instants lose only the records being written") { kill_often(100); }

TEST_CASE("ten thousand SIGKILLs at random instants lose only the records being written", "[.soak]") {
  kill_often(10'000);
}
