#include "libprof/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libprof/base/descriptor.h"

namespace prof {
namespace {

std::string reason(int error) { return std::strerror(error); }

// What is typed on a terminal is less; /dev/zero has no end.
constexpr uint64_t kMostOfDevice = uint64_t{256} << 20;

uint64_t memory_size() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : UINT64_MAX;
}

}  // namespace

Result<std::string> read_file(const std::string& path, uint64_t max_bytes) {
  const auto too_large = [&path](uint64_t most) {
    return fail("cannot read " + path + ": larger than " + std::to_string(most) + " bytes");
  };
  const bool standard_input = path == "-";
  Descriptor file(standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return fail("cannot read " + path + ": " + reason(errno), errno == ENOENT ? "check the path" : "");
  }
  struct stat status = {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return fail("cannot read " + path + ": it is a directory", "name a file");
  }
  const uint64_t most = std::min(max_bytes, S_ISCHR(status.st_mode) ? kMostOfDevice : memory_size());
  std::string data;
  constexpr size_t kChunk = size_t{1} << 18;
  if (S_ISREG(status.st_mode)) {
    if (static_cast<uint64_t>(status.st_size) > most) return too_large(most);
    data.reserve(static_cast<size_t>(status.st_size) + kChunk);
  }
  for (;;) {
    const size_t size = data.size();
    data.resize(size + kChunk);
    const ssize_t n = ::read(file.get(), data.data() + size, kChunk);
    const int error = errno;
    data.resize(size + (n > 0 ? static_cast<size_t>(n) : 0));
    if (n < 0 && error == EINTR) continue;
    if (n < 0) return fail("cannot read " + path + ": " + reason(error));
    if (n == 0) return data;
    if (data.size() > most) return too_large(most);
  }
}

}  // namespace prof
