#include "libprof/agent/cpu_timers.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/clock.h"
#include "libprof/agent/perf_clock.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"
#include "libprof/agent/timer_slots.h"

namespace prof::agent {
namespace {

// A kernel that accounts by the clock and not by ticks (nohz_full) does not show a page fault as time in the
// kernel. What is carried is one tick's worth on average; that as much as this is waited for has a
// probability of e to the -16th.
constexpr uint64_t kMostTicksOwed = 16;

// Whether threads get a perf clock. Writers: start, the handler; a stale value makes one or ends one too
// many.
std::atomic<bool> is_perf_wanted = false;
// The target has no handler of its own. Writers: signals.cc, under its lock.
std::atomic<bool> is_perf_allowed = true;

// As far as the kernel's ticks found it in user mode.
clockid_t user_clock_of(uint32_t tid) { return static_cast<clockid_t>(~tid << 3 | 5); }

timespec time_of(uint64_t ns) {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

uint64_t period() { return state->periods[static_cast<int>(Kind::k_cpu)]; }

// Called from: threads, signal handlers. Never blocks.
void set_timer(const Slot& slot, const itimerspec& times) {
  const int timer = timer_of(slot.load(std::memory_order_acquire));
  if (timer >= 0) ::syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &times, nullptr);
}

// Not in a thread that has its parent's thread_state, nor where signals would come to a bad place.
// Called from: the signal handler of `tid`. Never blocks.
void open_perf(Account& account, uint32_t tid) {
  if (account.is_refused.load(std::memory_order_relaxed) || thread_state.tid != tid) return;
  if (thread_state.has_small_stack || thread_state.is_paused) return;
  if (!is_perf_allowed.load(std::memory_order_relaxed)) return;
  bool is_final = false;
  thread_state.had_perf = true;  // first: its signals come at once
  void* const perf = open_perf_clock(period(), is_final);
  spool::Header* const header = state->writer.header();
  if (perf == nullptr) {
    account.is_refused.store(true, std::memory_order_relaxed);
    header->perf_refused.fetch_add(1, std::memory_order_relaxed);
    if (is_final) is_perf_wanted.store(false, std::memory_order_relaxed);
    return;
  }
  header->perf_threads.fetch_add(1, std::memory_order_relaxed);
  account.user_time = now_ns(user_clock_of(tid));
  account.ahead = 0;
  // Of this pair, a store and a load, and allow_perf's, at least one sees the other's: both in the one order.
  account.perf.store(perf, std::memory_order_seq_cst);
  // The target took SIGPROF for itself meanwhile, and has looked at this account already.
  if (!is_perf_allowed.load(std::memory_order_seq_cst)) close_perf(account);
}

// Counts what ended uncounted by now, on the thread's clock, which is 0 of one that is no more. Nothing where
// the slot, once its numbers were read, is another thread's.
Settled count_owed(Slot& slot, uint64_t word) {
  Account& account = account_of(slot);
  const int64_t due = account.first_due.load(std::memory_order_acquire);
  uint64_t counted = account.counted.load(std::memory_order_acquire);
  const int64_t now = now_ns(clock_of(tid_of(word)));
  const bool has_ended = timer_of(word) >= 0 && now >= due && slot.load(std::memory_order_acquire) == word;
  const uint64_t ended = has_ended ? static_cast<uint64_t>(now - due) / period() + 1 : 0;
  while (ended > counted &&
         !account.counted.compare_exchange_weak(counted, ended, std::memory_order_relaxed)) {
  }
  return {tid_of(word), account.routine.load(std::memory_order_relaxed),
          ended > counted ? ended - counted : 0, counted};
}

// The timer first: a signal that is on its way to this very thread comes at the end of that call. `left`:
// what the slot holds then.
Settled settle(Slot& slot, uint64_t word, uint64_t left) {
  Account& account = account_of(slot);
  close_perf(account);
  if (timer_of(word) >= 0) ::syscall(SYS_timer_delete, timer_of(word));
  const Settled settled = count_owed(slot, word);
  if (left != 0) account.first_due.store(now_ns(clock_of(tid_of(word))), std::memory_order_relaxed);
  leave_slot(slot, word, left);
  return settled;
}

}  // namespace

void arm_timer(uint32_t tid, bool is_self, bool since_birth, uint64_t routine) {
  const auto [slot, is_armed, was_refused] = claim_slot(tid, is_self);
  if (is_armed) return;
  int timer = -1;
  if (slot != nullptr) {
    Account& account = account_of(*slot);
    // A random first expiry: threads that begin together, or run for less than a period, are seen without
    // bias.
    const auto phase = static_cast<int64_t>(shared_random.below(period()));
    const int64_t birth = since_birth ? 0 : now_ns(clock_of(tid));
    const int64_t due = birth + phase + 1;
    account.first_due.store(due, std::memory_order_relaxed);
    account.ticked.store(0, std::memory_order_relaxed);
    account.counted.store(0, std::memory_order_relaxed);
    account.is_refused.store(false, std::memory_order_relaxed);
    account.routine.store(routine, std::memory_order_relaxed);
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = slot;
    event._sigev_un._tid = static_cast<pid_t>(tid);
    if (::syscall(SYS_timer_create, clock_of(tid), &event, &timer) != 0) timer = -1;
    if (timer >= 0) {
      // Not where the thread has ended meanwhile, or taken the slot from the look that found it.
      uint64_t making = slot_word(tid, -1);
      if (!slot->compare_exchange_strong(making, slot_word(tid, timer), std::memory_order_acq_rel)) {
        ::syscall(SYS_timer_delete, timer);
        return;
      }
      account.routine.store(routine, std::memory_order_relaxed);  // a look that lost may have written here
      const itimerspec times = {time_of(period()), time_of(static_cast<uint64_t>(due))};
      ::syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &times, nullptr);
      return;
    }
    const bool is_gone = errno == EINVAL;  // it ended since it was found
    leave_slot(*slot, slot_word(tid, -1), is_gone ? 0 : untimed_word(tid));
    if (is_gone || was_refused) return;
  }
  state->writer.count_drop(spool::Drop::no_timer);
}

bool is_timer(const void* value) {
  const auto at = reinterpret_cast<uintptr_t>(value) - reinterpret_cast<uintptr_t>(slots);
  return at < sizeof slots && at % sizeof slots[0] == 0;
}

Counted count_tick(void* value, uint64_t periods, bool in_syscall) {
  const auto* const slot = static_cast<const Slot*>(value);
  Account& account = account_of(*slot);
  const uint32_t tid = tid_of(slot->load(std::memory_order_relaxed));
  const uint64_t ticked = account.ticked.load(std::memory_order_relaxed) + periods;
  uint64_t counted = account.counted.load(std::memory_order_relaxed);
  account.ticked.store(ticked, std::memory_order_relaxed);
  const auto owed = [&] { return static_cast<int64_t>(ticked - counted); };
  int64_t carried = 0;
  if (account.perf.load(std::memory_order_relaxed) != nullptr) {
    const int64_t user_time = now_ns(user_clock_of(tid));
    const bool in_kernel = in_syscall || user_time == account.user_time;
    account.user_time = user_time;
    account.ahead = owed() < 0 ? static_cast<uint64_t>(-owed()) : 0;
    if (!in_kernel) carried = static_cast<int64_t>(kMostTicksOwed * periods);
  } else if (is_perf_wanted.load(std::memory_order_relaxed)) {
    open_perf(account, tid);
  }
  for (;;) {
    const uint64_t taken = owed() > carried ? static_cast<uint64_t>(owed() - carried) : 0;
    if (account.counted.compare_exchange_weak(counted, counted + taken, std::memory_order_relaxed))
      return {tid, taken};
  }
}

Counted count_perf() {
  const uint32_t tid = current_tid();
  const auto* const slot = find_slot(tid);
  if (slot == nullptr) return {tid, 0};
  Account& account = account_of(*slot);
  if (account.perf.load(std::memory_order_relaxed) == nullptr) return {tid, 0};
  if (account.ahead > 0) {
    --account.ahead;
    return {tid, 0};
  }
  account.counted.fetch_add(1, std::memory_order_relaxed);
  return {tid, 1};
}

void want_perf() {
  const bool is_wanted = period() < kernel_tick_ns() && may_use_perf();
  set_perf_process(::getpid());
  is_perf_wanted.store(is_wanted, std::memory_order_relaxed);
}

void allow_perf(bool is_allowed) {
  if (is_perf_allowed.exchange(is_allowed, std::memory_order_seq_cst) == is_allowed || is_allowed) return;
  if (is_recording(Kind::k_cpu) && is_perf_wanted.load(std::memory_order_relaxed)) {
    state->writer.header()->perf_taken.fetch_add(1, std::memory_order_relaxed);
  }
  for_each_slot([](const Slot& slot) {
    if (is_in_use(slot.load(std::memory_order_acquire))) close_perf(account_of(slot));
  });
}

void pause_timer(uint32_t tid) {
  const auto* const slot = find_slot(tid);
  if (slot == nullptr) return;
  close_perf(account_of(*slot));
  set_timer(*slot, {});
}

void resume_timer(uint32_t tid) {
  const auto* const slot = find_slot(tid);
  if (slot == nullptr) return;
  const Account& account = account_of(*slot);
  const uint64_t due = static_cast<uint64_t>(account.first_due.load(std::memory_order_relaxed)) +
                       account.ticked.load(std::memory_order_relaxed) * period();
  set_timer(*slot, {time_of(period()), time_of(due)});
}

Settled settle_timer(uint32_t tid, bool is_end) {
  Slot* const slot = find_slot(tid);
  if (slot == nullptr) return {};
  return settle(*slot, slot->load(std::memory_order_acquire), is_end ? ended_word(tid) : 0);
}

void settle_all_timers(void (*visit)(const Settled& settled)) {
  for_each_slot([visit](Slot& slot) {
    if (const uint64_t word = slot.load(std::memory_order_acquire); is_in_use(word))
      visit(settle(slot, word, 0));
  });
}

void count_all_owed(void (*visit)(const Settled& settled)) {
  for_each_slot([visit](Slot& slot) {
    if (const uint64_t word = slot.load(std::memory_order_acquire); is_in_use(word))
      visit(count_owed(slot, word));
  });
}

void delete_dead_timers() {
  const pid_t process = ::getpid();
  for_each_slot([process](Slot& slot) {
    const uint64_t word = slot.load(std::memory_order_acquire);
    if (is_in_use(word) && ::syscall(SYS_tgkill, process, tid_of(word), 0) != 0) free_slot(slot, word);
  });
}

uint32_t timer_count() { return used_slots(); }

void forget_timers() { forget_slots(); }

}  // namespace prof::agent
