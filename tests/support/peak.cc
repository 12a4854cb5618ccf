#include "tests/support/peak.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace prof::test {
namespace {

uint64_t status_bytes(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoull(line.substr(std::strlen(field))) * 1024;
  }
  return 0;
}

}  // namespace

uint64_t peak_bytes(const std::function<void()>& work) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#endif
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    uint64_t peak = 0;
    if (std::FILE* reset = std::fopen("/proc/self/clear_refs", "w"); reset != nullptr) {
      std::fputs("5", reset);  // the peak begins anew
      std::fclose(reset);
      const uint64_t before = status_bytes("VmRSS:");
      work();
      const uint64_t after = status_bytes("VmHWM:");
      peak = after > before ? after - before : 1;
    }
    (void)!::write(ends[1], &peak, sizeof peak);
    ::_exit(0);
  }
  ::close(ends[1]);
  uint64_t peak = 0;
  if (::read(ends[0], &peak, sizeof peak) != sizeof peak) peak = UINT64_MAX;  // it crashed
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return peak;
}

}  // namespace prof::test
