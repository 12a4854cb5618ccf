#include "libprof/agent/cpu_timers.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/clock.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

// Timers by thread: tid << 32 | kernel timer id + 1, or tid << 32 where it is being made; 0 is free. Writers:
// whoever starts, stops, or begins or ends a thread, compare and swap. A thread that the agent did not see
// begin leaves its timer here when it ends; a look at all threads, stop, or a thread of the same number takes
// it.
constexpr uint32_t kSlots = 1 << 15;
constexpr uint32_t kReach = 64;
std::atomic<uint64_t> slots[kSlots];

// Beside each slot. Writers: who claimed the slot, before the timer is armed; `counted` also the handler.
struct Account {
  std::atomic<int64_t> first_due;  // CPU time of the thread, ns, at which its first period ends
  std::atomic<uint64_t> counted;   // periods counted since
  std::atomic<uint64_t> routine;
};
Account accounts[kSlots];

// Slots in use; a stale value makes one look at the threads too many or too few. Writers: claim and free.
std::atomic<uint32_t> used = 0;

uint64_t slot_word(uint32_t tid, int timer) { return uint64_t{tid} << 32 | static_cast<uint32_t>(timer + 1); }
uint32_t tid_of(uint64_t word) { return static_cast<uint32_t>(word >> 32); }

// The scheduler's clock of one thread of this process.
clockid_t clock_of(uint32_t tid) { return static_cast<clockid_t>(~tid << 3 | 6); }

// Called from: threads, signal handlers. Never blocks. Only one caller frees a slot: the one that gets its
// word.
bool free_slot(std::atomic<uint64_t>& slot, uint64_t word) {
  if (!slot.compare_exchange_strong(word, 0, std::memory_order_acq_rel)) return false;
  used.fetch_sub(1, std::memory_order_relaxed);
  if (const auto id = static_cast<uint32_t>(word); id != 0) {
    ::syscall(SYS_timer_delete, static_cast<int>(id - 1));
  }
  return true;
}

// Called from: threads, signal handlers. Never blocks. Null where the thread has no timer.
std::atomic<uint64_t>* find_slot(uint32_t tid) {
  for (uint32_t i = 0; i < kReach; ++i) {
    auto& slot = slots[(tid + i) % kSlots];
    if (tid_of(slot.load(std::memory_order_acquire)) == tid) return &slot;
  }
  return nullptr;
}

// A slot for `tid`; null where there is none, or where the thread has its timer already.
std::atomic<uint64_t>* claim_slot(uint32_t tid, bool is_self, bool& is_armed) {
  std::atomic<uint64_t>* free = nullptr;
  for (uint32_t i = 0; i < kReach; ++i) {
    std::atomic<uint64_t>& slot = slots[(tid + i) % kSlots];
    const uint64_t word = slot.load(std::memory_order_acquire);
    if (tid_of(word) == tid) {
      is_armed = !is_self;
      if (is_armed) return nullptr;
      free_slot(slot, word);  // of an earlier thread of this number, or a look's
    }
    if (slot.load(std::memory_order_relaxed) == 0 && free == nullptr) free = &slot;
  }
  uint64_t expected = 0;
  if (free == nullptr || !free->compare_exchange_strong(expected, slot_word(tid, -1))) return nullptr;
  used.fetch_add(1, std::memory_order_relaxed);
  return free;
}

timespec time_of(uint64_t ns) {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

uint64_t period() { return state->periods[static_cast<int>(Kind::k_cpu)]; }

// Called from: threads, signal handlers. Never blocks.
void set_timer(const std::atomic<uint64_t>& slot, const itimerspec& times) {
  const auto timer = static_cast<uint32_t>(slot.load(std::memory_order_acquire));
  if (timer != 0) ::syscall(SYS_timer_settime, static_cast<int>(timer - 1), TIMER_ABSTIME, &times, nullptr);
}

// Whole periods that ended by `now` and were not counted.
uint64_t owed(const Account& account, int64_t now) {
  const int64_t due = account.first_due.load(std::memory_order_relaxed);
  if (now < due) return 0;
  const uint64_t ended = static_cast<uint64_t>(now - due) / period() + 1;
  const uint64_t counted = account.counted.load(std::memory_order_relaxed);
  return ended > counted ? ended - counted : 0;
}

// The timer first: a signal that is on its way to this very thread comes at the end of that call.
Settled settle(std::atomic<uint64_t>& slot, uint64_t word) {
  const Account& account = accounts[&slot - slots];
  const uint32_t tid = tid_of(word);
  const uint64_t routine = account.routine.load(std::memory_order_relaxed);
  const auto timer = static_cast<uint32_t>(word);
  if (timer != 0) ::syscall(SYS_timer_delete, static_cast<int>(timer - 1));
  // The clock of a thread that is no more reads 0.
  const uint64_t periods = timer != 0 ? owed(account, now_ns(clock_of(tid))) : 0;
  if (slot.compare_exchange_strong(word, 0, std::memory_order_acq_rel)) {
    used.fetch_sub(1, std::memory_order_relaxed);
  }
  return {tid, routine, periods, account.counted.load(std::memory_order_relaxed)};
}

}  // namespace

void arm_timer(uint32_t tid, bool is_self, bool since_birth, uint64_t routine) {
  bool is_armed = false;
  std::atomic<uint64_t>* const slot = claim_slot(tid, is_self, is_armed);
  if (is_armed) return;
  int timer = -1;
  if (slot != nullptr) {
    Account& account = accounts[slot - slots];
    // A random first expiry: threads that begin together, or run for less than a period, are seen without
    // bias.
    const auto phase = static_cast<int64_t>(thread_random().unit() * static_cast<double>(period()));
    const int64_t birth = since_birth ? 0 : now_ns(clock_of(tid));
    const int64_t due = birth + (phase == 0 ? 1 : phase);
    account.first_due.store(due, std::memory_order_relaxed);
    account.counted.store(0, std::memory_order_relaxed);
    account.routine.store(routine, std::memory_order_relaxed);
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = slot;
    event._sigev_un._tid = static_cast<pid_t>(tid);
    if (::syscall(SYS_timer_create, clock_of(tid), &event, &timer) != 0) timer = -1;
    if (timer >= 0) {
      slot->store(slot_word(tid, timer), std::memory_order_release);
      const itimerspec times = {time_of(period()), time_of(static_cast<uint64_t>(due))};
      ::syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &times, nullptr);
      return;
    }
    const bool is_gone = errno == EINVAL;  // it ended since it was found
    free_slot(*slot, slot_word(tid, -1));
    if (is_gone) return;
  }
  state->writer.count_drop(spool::Drop::no_timer);
}

bool is_timer(const void* value) {
  const auto at = reinterpret_cast<uintptr_t>(value) - reinterpret_cast<uintptr_t>(slots);
  return at < sizeof slots && at % sizeof slots[0] == 0;
}

uint32_t count_periods(void* value, uint64_t periods) {
  auto* const slot = static_cast<std::atomic<uint64_t>*>(value);
  accounts[slot - slots].counted.fetch_add(periods, std::memory_order_relaxed);
  return tid_of(slot->load(std::memory_order_relaxed));
}

void pause_timer(uint32_t tid) {
  if (const auto* const slot = find_slot(tid)) set_timer(*slot, {});
}

void resume_timer(uint32_t tid) {
  const auto* const slot = find_slot(tid);
  if (slot == nullptr) return;
  const Account& account = accounts[slot - slots];
  const uint64_t due = static_cast<uint64_t>(account.first_due.load(std::memory_order_relaxed)) +
                       account.counted.load(std::memory_order_relaxed) * period();
  set_timer(*slot, {time_of(period()), time_of(due)});
}

Settled settle_timer(uint32_t tid) {
  std::atomic<uint64_t>* const slot = find_slot(tid);
  return slot == nullptr ? Settled{} : settle(*slot, slot->load(std::memory_order_acquire));
}

void settle_all_timers(void (*visit)(const Settled& settled)) {
  for (auto& slot : slots) {
    if (const uint64_t word = slot.load(std::memory_order_acquire); word != 0) visit(settle(slot, word));
  }
}

void delete_dead_timers() {
  const pid_t process = ::getpid();
  for (auto& slot : slots) {
    const uint64_t word = slot.load(std::memory_order_acquire);
    if (word != 0 && ::syscall(SYS_tgkill, process, tid_of(word), 0) != 0) free_slot(slot, word);
  }
}

uint32_t timer_count() { return used.load(std::memory_order_relaxed); }

void forget_timers() {
  for (auto& slot : slots) {
    if (slot.load(std::memory_order_relaxed) != 0) slot.store(0, std::memory_order_relaxed);
  }
  used.store(0, std::memory_order_relaxed);
}

}  // namespace prof::agent
