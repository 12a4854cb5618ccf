// Any bytes as an object file and as a perf map: an answer for every address, whatever they are.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "libprof/symbols/demangle.h"
#include "libprof/symbols/perf_map.h"
#include "libprof/symbols/symbolizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  prof::symbols::PerfMap map(text);
  prof::symbols::demangle(std::string(text));

  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  prof::symbols::Request request = {"/proc/self/fd/" + std::to_string(fd), "", 0, {}};
  for (uint64_t address = 0; address < 0x3000; address += 0x31) request.addresses.push_back(address);
  const auto answer = prof::symbols::symbolize(request);
  ::close(fd);
  if (answer.codes.size() != request.addresses.size()) std::abort();
  return 0;
}
