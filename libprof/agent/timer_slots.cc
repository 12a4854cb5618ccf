#include "libprof/agent/timer_slots.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "libprof/agent/clock.h"
#include "libprof/agent/perf_clock.h"
#include "libprof/agent/state.h"

namespace prof::agent {

// The agent's constructor may run before others.
alignas(4096) constinit Slot slots[kSlots];
constinit Account accounts[kSlots];
constinit std::atomic<uint64_t> claimed_pages = 0;

namespace {

// How far from its own place a thread's slot may be.
constexpr uint32_t kReach = 64;

// A stale value makes one look at the threads too many or too few. Writers: claim, leave and forget.
std::atomic<uint32_t> used = 0;

std::atomic<pid_t> perf_process = 0;

// Whether the thread that was settled there is still at its end: its number may be another's by now.
// Called from: threads, signal handlers. Never blocks.
bool is_same_thread(const Account& account, uint32_t tid) {
  return now_ns(clock_of(tid)) >= account.first_due.load(std::memory_order_relaxed);
}

}  // namespace

Slot* find_slot(uint32_t tid) {
  if (!state->has_timers.load(std::memory_order_relaxed)) return nullptr;
  for (uint32_t i = 0; i < kReach; ++i) {
    Slot& slot = slots[(tid + i) % kSlots];
    const uint64_t word = slot.load(std::memory_order_acquire);
    if (tid_of(word) == tid && is_in_use(word)) return &slot;
  }
  return nullptr;
}

namespace {

// Where `tid` may have a slot, as far as could be seen: what to claim, and what was there then.
struct Candidate {
  Slot* slot = nullptr;
  uint64_t found = 0;
  bool is_armed = false;
  bool was_refused = false;
};
Candidate find_candidate(uint32_t tid, bool is_self) {
  Candidate best;
  for (uint32_t i = 0; i < kReach; ++i) {
    Slot& slot = slots[(tid + i) % kSlots];
    uint64_t word = slot.load(std::memory_order_acquire);
    if (word == untimed_word(tid)) return {&slot, word, false, !is_self};
    if (tid_of(word) == tid) {
      const bool is_armed = !is_self && (is_in_use(word) || is_same_thread(account_of(slot), tid));
      if (is_armed) return {nullptr, 0, true, false};
      if (is_in_use(word)) free_slot(slot, word);  // of an earlier thread of this number, or a look's
      word = slot.load(std::memory_order_relaxed);
    }
    if (is_in_use(word) || (best.slot != nullptr && (word != 0 || best.found == 0))) continue;
    best = {&slot, word, false, false};  // rather an empty one
  }
  return best;
}

}  // namespace

Claim claim_slot(uint32_t tid, bool is_self) {
  // Whoever loses a slot to another thread looks again: each time round one has got what it wanted.
  for (;;) {
    auto [slot, found, is_armed, was_refused] = find_candidate(tid, is_self);
    if (slot == nullptr) return {nullptr, is_armed, false};
    claimed_pages.fetch_or(uint64_t{1} << (slot - slots) / kSlotsPerPage, std::memory_order_acq_rel);
    if (!slot->compare_exchange_strong(found, slot_word(tid, -1))) continue;
    used.fetch_add(1, std::memory_order_relaxed);
    return {slot, false, was_refused};
  }
}

bool leave_slot(Slot& slot, uint64_t word, uint64_t left) {
  if (!slot.compare_exchange_strong(word, left, std::memory_order_acq_rel)) return false;
  used.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void free_slot(Slot& slot, uint64_t word) {
  if (!leave_slot(slot, word, 0)) return;
  close_perf(account_of(slot));
  if (timer_of(word) >= 0) ::syscall(SYS_timer_delete, timer_of(word));
}

void close_perf(Account& account) {
  if (account.perf.load(std::memory_order_seq_cst) == nullptr) return;  // see open_perf
  if (perf_process.load(std::memory_order_relaxed) != ::getpid()) return;
  if (void* const perf = account.perf.exchange(nullptr, std::memory_order_acq_rel)) close_perf_clock(perf);
}

void set_perf_process(pid_t process) { perf_process.store(process, std::memory_order_relaxed); }

uint32_t used_slots() { return used.load(std::memory_order_relaxed); }

void forget_slots() {
  for_each_slot([](Slot& slot) {
    if (slot.load(std::memory_order_relaxed) == 0) return;
    slot.store(0, std::memory_order_relaxed);
    account_of(slot).perf.store(nullptr, std::memory_order_relaxed);
  });
  claimed_pages.store(0, std::memory_order_relaxed);
  used.store(0, std::memory_order_relaxed);
}

}  // namespace prof::agent
