#include "libprof/spool/cut_guard.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <vector>

namespace prof::spool {
namespace {

constexpr uintptr_t kPage = 4096;

// Taken by the handler, too: it runs where a guarded mapping is read, which is never where this is held.
std::mutex lock;
std::vector<CutGuard*> guards;
struct sigaction before;

}  // namespace

CutGuard::CutGuard(const void* begin, size_t size) : begin_(static_cast<const char*>(begin)), size_(size) {
  const std::scoped_lock held(lock);
  if (guards.empty()) {
    struct sigaction action = {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGBUS, &action, &before);
  }
  guards.push_back(this);
}

CutGuard::~CutGuard() {
  const std::scoped_lock held(lock);
  guards.erase(std::find(guards.begin(), guards.end(), this));
  if (guards.empty()) ::sigaction(SIGBUS, &before, nullptr);
}

void CutGuard::on_bus_error(int number, siginfo_t* info, void*) {
  const int saved = errno;
  if (info->si_code == BUS_ADRERR) {
    const std::scoped_lock held(lock);
    const auto* const at = static_cast<const char*>(info->si_addr);
    const auto guard = std::find_if(guards.begin(), guards.end(), [&](const CutGuard* one) {
      return at >= one->begin_ && at < one->begin_ + one->size_;
    });
    void* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(at) & ~(kPage - 1));
    if (guard != guards.end() &&
        ::mmap(page, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page) {
      (*guard)->was_cut_.store(true, std::memory_order_relaxed);
      errno = saved;
      return;
    }
  }
  // What faulted does so again; what was sent comes again.
  ::sigaction(SIGBUS, &before, nullptr);
  if (info->si_code <= 0) ::raise(number);
  errno = saved;
}

}  // namespace prof::spool
