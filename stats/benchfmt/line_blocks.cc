#include "stats/benchfmt/line_blocks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bench {

std::optional<LineBlocks> LineBlocks::open(const std::string& path) {
  struct stat status = {};
  // Asked before it is opened: opening a pipe waits for its writer.
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  return LineBlocks(path, fd, static_cast<size_t>(status.st_size));
}

LineBlocks::LineBlocks(LineBlocks&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

LineBlocks::~LineBlocks() {
  if (fd_ >= 0) ::close(fd_);
}

bool LineBlocks::read_at(size_t begin, size_t end, char* bytes) const {
  while (begin < end) {
    const ssize_t n = ::pread(fd_, bytes, end - begin, static_cast<off_t>(begin));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ESTALE;
    if (n <= 0) return false;
    begin += static_cast<size_t>(n);
    bytes += n;
  }
  return true;
}

std::string LineBlocks::head(size_t size) const {
  std::string text(std::min(size, size_), '\0');
  return read_at(0, text.size(), text.data()) ? text : "";
}

prof::Result<LineBlock> LineBlocks::read(size_t i) const {
  // With the byte in front, which says whether a line begins at the first.
  const size_t begin = i == 0 ? 0 : i * kBlockSize - 1, end = std::min((i + 1) * kBlockSize, size_);
  const auto cannot = [&] {
    return prof::fail("cannot read " + path_ + ": " +
                      (errno == ESTALE ? "it became shorter meanwhile" : std::strerror(errno)));
  };
  constexpr size_t kRest = 4096;  // of the last line: read so much at a time
  size_t size = end - begin, capacity = size + kRest;
  LineBlock block{std::make_unique_for_overwrite<char[]>(capacity), {}};
  if (!read_at(begin, end, block.bytes.get())) return cannot();
  size_t skip = 0;
  if (i > 0) {
    skip = std::string_view(block.bytes.get(), size - 1).find('\n') + 1;
    if (skip == 0) return block;  // all of it is of a line that began before
  }
  while (block.bytes[size - 1] != '\n' && begin + size < size_) {
    if (size == capacity) {
      capacity *= 2;
      auto larger = std::make_unique_for_overwrite<char[]>(capacity);
      std::memcpy(larger.get(), block.bytes.get(), size);
      block.bytes = std::move(larger);
    }
    const size_t more = std::min({kRest, capacity - size, size_ - begin - size});
    char* rest = block.bytes.get() + size;
    if (!read_at(begin + size, begin + size + more, rest)) return cannot();
    const size_t newline = std::string_view(rest, more).find('\n');
    size += newline == std::string_view::npos ? more : newline + 1;
  }
  block.text = {block.bytes.get() + skip, size - skip};
  return block;
}

}  // namespace bench
