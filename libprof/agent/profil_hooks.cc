// gprof's calls: profil and what calls it, among them the start and the end of a program built with -pg. libc
// sets SIGPROF's handler inside of them, past our hook of sigaction.
//
// Called from: threads. Block where the real ones do, and as sigaction's hook does.
#include <sys/gmon.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "libprof/agent/next.h"
#include "libprof/agent/signals.h"

namespace prof::agent {
namespace {

// errno stays the real one's.
class Adoption {
 public:
  Adoption() = default;
  ~Adoption() {
    const int saved = errno;
    adopt_sigprof();
    errno = saved;
  }
  Adoption(const Adoption&) = delete;
  Adoption& operator=(const Adoption&) = delete;
};

void start_gmon(unsigned long low, unsigned long high) {
  static const auto next = find_next<void(unsigned long, unsigned long)>("__monstartup");
  const Adoption adoption;
  next(low, high);
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT int profil(unsigned short* counters, size_t size, size_t offset, unsigned scale) noexcept {
  static const auto next = find_next<int(unsigned short*, size_t, size_t, unsigned)>("profil");
  const Adoption adoption;
  return next(counters, size, offset, scale);
}

// Its header has a struct of our namespace's name.
PROF_EXPORT int sprofil(void* sections, int count, timeval* interval, unsigned flags) noexcept {
  static const auto next = find_next<int(void*, int, timeval*, unsigned)>("sprofil");
  const Adoption adoption;
  return next(sections, count, interval, flags);
}

PROF_EXPORT void moncontrol(int mode) noexcept {
  static const auto next = find_next<void(int)>("moncontrol");
  const Adoption adoption;
  next(mode);
}

PROF_EXPORT void monstartup(unsigned long low, unsigned long high) noexcept { start_gmon(low, high); }
PROF_EXPORT void __monstartup(unsigned long low, unsigned long high) noexcept { start_gmon(low, high); }

PROF_EXPORT void _mcleanup() noexcept {
  static const auto next = find_next<void()>("_mcleanup");
  const Adoption adoption;
  next();
}

}  // extern "C"
