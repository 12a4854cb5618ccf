// A large text file in blocks that end where lines do: any thread reads any block, and the file is never in
// memory as a whole.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace bench {

// Where in-memory text and files are cut, about.
constexpr size_t kBlockSize = size_t{256} << 10;

struct LineBlock {
  std::unique_ptr<char[]> bytes;
  std::string_view text;  // in `bytes`
};

class LineBlocks {
 public:
  // Null where the path is not that of a regular file, or cannot be opened. What is appended to the file
  // later is not seen.
  static std::optional<LineBlocks> open(const std::string& path);
  LineBlocks(LineBlocks&& other) noexcept;
  ~LineBlocks();

  size_t size() const { return size_; }
  size_t count() const { return (size_ + kBlockSize - 1) / kBlockSize; }
  // The lines that begin in the i-th kBlockSize bytes: each line of the file is in one block. O(size of the
  // block) for all blocks together.
  prof::Result<LineBlock> read(size_t i) const;
  // The first bytes, fewer than `size` where they cannot be read.
  std::string head(size_t size) const;

 private:
  LineBlocks(std::string path, int fd, size_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  // Reads until `end`; false with errno where that fails or the file became shorter.
  bool read_at(size_t begin, size_t end, char* bytes) const;

  std::string path_;
  int fd_;
  size_t size_;
};

}  // namespace bench
