// gzip and zstd, as profiles on disk use them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/base/flat_array.h"
#include "libprof/profile/pages.h"

namespace prof {

enum class Compression { kNone, kGzip, kZstd };

Compression detect_compression(std::string_view bytes);

// Compressed bytes as they come. next() gives what follows, until it is called again, and nothing at the end;
// an Error's `what` is the reason alone.
struct CompressedInput {
  Compression format;
  uint64_t size;  // of all, for messages
  std::function<Result<std::string_view>()> next;
};

// `bytes`, in pieces. `owned`: where it is not null, the string that they are in, whose memory is given back
// as it is read. Both outlive the input.
CompressedInput pieces_of(std::string_view bytes, std::string* owned = nullptr);

// Decompresses all members (frames) of `input` into `out`, in steps. Writes at most `limit` bytes and fails
// past that. `progress` is called after each step with how many bytes are there, and ends the work where it
// is false. An Error's `what` is the reason alone.
using Progress = std::function<bool(size_t size)>;
Result<void> decompress_into(Pages& out, const CompressedInput& input, uint64_t limit,
                             const Progress& progress);
Result<Pages> decompress(std::string_view bytes, uint64_t limit);

// One gzip member without time or name: the same bytes in, the same bytes out. Small: 13 ms a megabyte.
std::string gzip(std::string_view bytes);

// The same in pieces, for much data: 3 ms a megabyte, each piece on any thread, and 4 to 14% larger. Any
// reader of gzip takes it, for it is one member: each piece ends at a byte with an empty stored block, as
// pigz does it.
FlatArray<char> deflate_piece(std::string_view bytes);

class GzipMember {
 public:
  static std::string_view head();
  void add(std::string_view piece);  // `piece`: before it is compressed; in their order
  std::string end() const;           // what follows the last piece

 private:
  uint32_t crc_ = 0;
  uint32_t size_ = 0;  // modulo 2^32, as gzip has it
};

}  // namespace prof
