#include "libprof/profile/compressed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "libprof/base/descriptor.h"

namespace prof {
namespace {

constexpr size_t kPiece = size_t{1} << 20;
constexpr size_t kMark = 4;
constexpr off_t kLarge = off_t{4} << 20;

struct File {
  explicit File(int fd) : descriptor(fd) {}
  Descriptor descriptor;
  char piece[kPiece];
};

}  // namespace

std::optional<CompressedInput> open_large_compressed(const std::string& path) {
  struct stat status = {};
  // A pipe is not opened: who writes into it would take note.
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < kLarge)
    return std::nullopt;
  const auto file = std::make_shared<File>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = file->descriptor.get();
  const ssize_t head = ::pread(fd, file->piece, kMark, 0);
  if (head < 0) return std::nullopt;
  const Compression format = detect_compression({file->piece, static_cast<size_t>(head)});
  if (format == Compression::kNone) return std::nullopt;
  return CompressedInput{format, static_cast<uint64_t>(status.st_size), [file]() -> Result<std::string_view> {
                           for (;;) {
                             const ssize_t size = ::read(file->descriptor.get(), file->piece, kPiece);
                             if (size >= 0) return std::string_view(file->piece, static_cast<size_t>(size));
                             if (errno != EINTR) return fail(std::strerror(errno));
                           }
                         }};
}

}  // namespace prof
