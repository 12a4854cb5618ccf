// The spool reader on any bytes. The input is the file without the 3.5 KiB of its header's tail end that no
// code reads: header fields, then the ring, which is padded to 4096 bytes.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "libprof/spool/reader.h"

using namespace prof::spool;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int fd = ::memfd_create("spool", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  constexpr size_t kRing = 4096;
  char file[kHeaderSize + kRing] = {};
  const size_t head = std::min(size, sizeof(Header));
  std::memcpy(file, data, head);
  std::memcpy(file + kHeaderSize, data + head, std::min(size - head, kRing));
  if (::pwrite(fd, file, sizeof file, 0) != sizeof file) std::abort();

  auto reader = Reader::open(path);
  if (!reader) return 0;
  uint64_t checksum = reader->executable().size();
  for (const bool dead : {false, true}) {
    int records = 0;
    while (const auto record = reader->next(dead)) {
      if (++records > 4096) std::abort();  // more than the ring can hold: no progress
      if (const auto* event = std::get_if<EventRecord>(&*record)) {
        for (const uint64_t frame : event->frames) checksum += frame;
      }
      if (const auto* module = std::get_if<ModuleRecord>(&*record)) {
        for (const char c : module->path) checksum += static_cast<unsigned char>(c);
      }
      if (const auto* labels = std::get_if<LabelsRecord>(&*record)) {
        for (const char c : labels->text) checksum += static_cast<unsigned char>(c);
      }
    }
  }
  volatile uint64_t sink = checksum;
  static_cast<void>(sink);
  return 0;
}
