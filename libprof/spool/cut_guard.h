// A mapped file that another process may cut short meanwhile: what is gone of it reads as zeros, where the
// kernel would send SIGBUS and end this one.
//
// While there is one, SIGBUS is handled here; one that is of no guarded mapping goes the way it would.
// REQUIRES: SIGBUS is not blocked where the mapping is read.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstddef>

namespace prof::spool {

class CutGuard {
 public:
  // The mapping outlives this.
  CutGuard(const void* begin, size_t size);
  ~CutGuard();
  CutGuard(const CutGuard&) = delete;
  CutGuard& operator=(const CutGuard&) = delete;

  // Something was read that is gone.
  bool was_cut() const { return was_cut_.load(std::memory_order_relaxed); }

 private:
  static void on_bus_error(int number, siginfo_t* info, void* context);

  const char* const begin_;
  const size_t size_;
  std::atomic<bool> was_cut_ = false;
};

}  // namespace prof::spool
