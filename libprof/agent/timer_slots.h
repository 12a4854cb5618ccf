// Which threads have a CPU timer: a table by thread number, without locks, and beside each slot its account.
//
// Writers of a slot: whoever starts, stops, or begins or ends a thread, compare and swap. A thread that the
// agent did not see begin leaves its timer here when it ends; a look at all threads, stop, or a thread of the
// same number takes it. One that was settled at its end leaves a mark, so that a look which finds it among
// its last destructors does not take it for a new one; so does one that was refused a timer, so that it is
// counted once, however often it is tried. Whoever needs the slot takes that.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace prof::agent {

// tid << 32 | kernel timer id + 1, or tid << 32 where it is being made, or tid << 32 | kEnded or kUntimed;
// 0 is free.
using Slot = std::atomic<uint64_t>;
constexpr uint32_t kEnded = UINT32_MAX, kUntimed = UINT32_MAX - 1;

constexpr uint64_t slot_word(uint32_t tid, int timer) {
  return uint64_t{tid} << 32 | static_cast<uint32_t>(timer + 1);
}
constexpr uint64_t ended_word(uint32_t tid) { return uint64_t{tid} << 32 | kEnded; }
constexpr uint64_t untimed_word(uint32_t tid) { return uint64_t{tid} << 32 | kUntimed; }
constexpr uint32_t tid_of(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
// The kernel's id; -1 where there is none yet.
constexpr int timer_of(uint64_t word) { return static_cast<int>(static_cast<uint32_t>(word) - 1); }
constexpr bool is_in_use(uint64_t word) { return word != 0 && static_cast<uint32_t>(word) < kUntimed; }

// Writers: who claimed the slot, before the timer is armed; then the thread's handler, but for what says
// otherwise.
struct Account {
  // CPU time of the thread, ns, at which its first period ends; under kEnded, at which it was settled.
  std::atomic<int64_t> first_due;
  std::atomic<uint64_t> routine;
  std::atomic<uint64_t> ticked;  // periods that the timer's signals said have ended
  // Periods that samples stand for. Also written by a thread that is about to exec: compare and swap, so that
  // each is counted once.
  std::atomic<uint64_t> counted;
  // The perf clock. Whoever exchanges it for null closes it. A stale null passes over one of its signals.
  std::atomic<void*> perf;
  std::atomic<bool> is_refused;  // it was
  // By the handler alone, while there is a perf clock.
  int64_t user_time = 0;  // of the thread at its last tick, ns
  uint64_t ahead = 0;  // how many of perf's signals to pass over, as they came faster than the timer counts
};

constexpr uint32_t kSlots = 1 << 15;
extern Slot slots[kSlots];
extern Account accounts[kSlots];

inline Account& account_of(const Slot& slot) { return accounts[&slot - slots]; }

// A bit for each page of slots that was ever claimed from: what was not is not looked at, as each page of the
// table that is read is a page fault. Writers: who claims, first.
constexpr uint32_t kSlotsPerPage = 4096 / sizeof(Slot);
static_assert(kSlots / kSlotsPerPage == 64);
extern std::atomic<uint64_t> claimed_pages;

// Calls `visit` with each slot that may hold something. Called from: as what `visit` does.
template <typename Visit>
void for_each_slot(Visit visit) {
  for (uint64_t left = claimed_pages.load(std::memory_order_acquire); left != 0; left &= left - 1) {
    Slot* const page = slots + static_cast<uint32_t>(__builtin_ctzll(left)) * kSlotsPerPage;
    for (uint32_t i = 0; i < kSlotsPerPage; ++i) visit(page[i]);
  }
}

// Everything below is called from threads and signal handlers, and never blocks.

// The scheduler's clock of one thread of this process.
inline clockid_t clock_of(uint32_t tid) { return static_cast<clockid_t>(~tid << 3 | 6); }

// Null where the thread has no timer; in a child that came past the fork handler, always.
Slot* find_slot(uint32_t tid);

// A slot for `tid`, in which its timer is being made; null where there is none, or where the thread has its
// timer already (`is_armed`). `was_refused`: it was tried before. `is_self`: the thread asks, and whatever is
// under its number is not its own.
struct Claim {
  Slot* slot;
  bool is_armed;
  bool was_refused;
};
Claim claim_slot(uint32_t tid, bool is_self);

// Puts `left` in place of `word`, which was in use. False where another came first.
bool leave_slot(Slot& slot, uint64_t word, uint64_t left);

// Leaves the slot to others, and ends what it held, if it still holds `word`.
void free_slot(Slot& slot, uint64_t word);

// Ends the account's perf clock, if it has one and this is the process that has it mapped: a child that came
// past the fork handler does not.
void close_perf(Account& account);
// `process` is that one from now on. Called from: start.
void set_perf_process(pid_t process);

// How many slots are in use; may be stale.
uint32_t used_slots();

// In a fork's child, where neither timers nor perf clocks are inherited: forgets all.
void forget_slots();

}  // namespace prof::agent
