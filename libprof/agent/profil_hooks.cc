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

struct {
  void (*monstartup)(unsigned long, unsigned long);
  int (*profil)(unsigned short*, size_t, size_t, unsigned);
  int (*sprofil)(void*, int, timeval*, unsigned);
  void (*moncontrol)(int);
  void (*mcleanup)();
} next;

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
  const auto real = next_of(next.monstartup, "__monstartup");
  const Adoption adoption;
  real(low, high);
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT int profil(unsigned short* counters, size_t size, size_t offset, unsigned scale) noexcept {
  const auto real = next_of(next.profil, "profil");
  const Adoption adoption;
  return real(counters, size, offset, scale);
}

// Its header has a struct of our namespace's name.
PROF_EXPORT int sprofil(void* sections, int count, timeval* interval, unsigned flags) noexcept {
  const auto real = next_of(next.sprofil, "sprofil");
  const Adoption adoption;
  return real(sections, count, interval, flags);
}

PROF_EXPORT void moncontrol(int mode) noexcept {
  const auto real = next_of(next.moncontrol, "moncontrol");
  const Adoption adoption;
  real(mode);
}

PROF_EXPORT void monstartup(unsigned long low, unsigned long high) noexcept { start_gmon(low, high); }
PROF_EXPORT void __monstartup(unsigned long low, unsigned long high) noexcept { start_gmon(low, high); }

PROF_EXPORT void _mcleanup() noexcept {
  const auto real = next_of(next.mcleanup, "_mcleanup");
  const Adoption adoption;
  real();
}

}  // extern "C"
