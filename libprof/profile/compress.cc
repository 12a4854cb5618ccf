#include "libprof/profile/compress.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace prof {
namespace {

constexpr size_t kFirstCapacity = size_t{1} << 20;

tl::unexpected<Error> past_limit(uint64_t limit, size_t compressed) {
  return fail(fmt::format("it decompresses to more than {} bytes from {}", limit, compressed),
              "if it is no gzip bomb, raise the limit with --max_inflated=BYTES");
}

tl::unexpected<Error> cut_short(const char* format) {
  return fail(fmt::format("its {} data is cut short", format), "copy or download it again");
}

tl::unexpected<Error> corrupt(const char* format) {
  return fail(fmt::format("its {} data is corrupt", format), "copy or download it again");
}

tl::unexpected<Error> no_memory(uint64_t bytes) {
  return fail(fmt::format("no memory for {} decompressed bytes", bytes));
}

// Doubles the room for output, one byte past `limit` at most, so that "full" means "past the limit".
bool grow(Pages& out, uint64_t limit) {
  const size_t most = static_cast<size_t>(std::min<uint64_t>(limit, SIZE_MAX - 1)) + 1;
  return out.reserve(std::min(most, std::max(kFirstCapacity, out.capacity() * 2)));
}

// The usual case, one member whose trailer tells its size truthfully: libdeflate, in one call. Empty Pages
// where it is not that case; the trailer is only a hint, so pages are touched only as far as data goes.
Pages inflate_at_once(std::string_view bytes, uint64_t limit) {
  Pages out;
  if (bytes.size() < 18) return out;
  uint32_t size = 0;  // little-endian on every processor we run on
  std::memcpy(&size, bytes.data() + bytes.size() - 4, sizeof size);
  if (size == 0 || size > limit || size / 1032 > bytes.size() || !out.reserve(size)) return Pages();
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) return Pages();
  size_t used = 0, written = 0;
  if (libdeflate_gzip_decompress_ex(inflater.get(), bytes.data(), bytes.size(), out.data(), size, &used,
                                    &written) != LIBDEFLATE_SUCCESS ||
      used != bytes.size()) {
    return Pages();
  }
  out.set_size(written);
  return out;
}

struct Inflater {
  z_stream stream = {};
  Inflater() { ready = inflateInit2(&stream, 15 + 16) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
  bool ready = false;
};

// Several members, or a size that is not known: zlib, growing as it goes.
Result<Pages> inflate_members(std::string_view bytes, uint64_t limit) {
  Inflater inflater;
  z_stream& z = inflater.stream;
  if (!inflater.ready) return no_memory(0);
  constexpr size_t kStep = size_t{1} << 30;  // zlib counts in 32 bits
  Pages out;
  size_t read = 0, size = 0;
  for (;;) {
    if (size > limit) return past_limit(limit, bytes.size());
    if (size == out.capacity() && !grow(out, limit)) return no_memory(out.capacity());
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + read));
    z.avail_in = static_cast<uInt>(std::min(kStep, bytes.size() - read));
    z.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    z.avail_out = static_cast<uInt>(std::min(kStep, out.capacity() - size));
    const auto in = z.avail_in, room = z.avail_out;
    const int status = ::inflate(&z, Z_NO_FLUSH);
    read += in - z.avail_in;
    size += room - z.avail_out;
    if (status == Z_STREAM_END) {
      if (size > limit) return past_limit(limit, bytes.size());
      // Another member may follow; other bytes after the last one are padding, as gunzip has it.
      if (detect_compression(bytes.substr(read)) != Compression::kGzip) break;
      inflateReset(&z);
    } else if (status == Z_BUF_ERROR || (status == Z_OK && read == bytes.size() && z.avail_out > 0)) {
      return cut_short("gzip");
    } else if (status != Z_OK) {
      return corrupt("gzip");
    }
  }
  out.set_size(size);
  return out;
}

Result<Pages> decompress_zstd(std::string_view bytes, uint64_t limit) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  if (!stream) return no_memory(0);
  Pages out;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer to{nullptr, 0, 0};
  for (;;) {
    if (to.pos > limit) return past_limit(limit, bytes.size());
    if (to.pos == out.capacity() && !grow(out, limit)) return no_memory(out.capacity());
    to.dst = out.data();
    to.size = out.capacity();
    const size_t status = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(status)) return corrupt("zstd");
    if (in.pos < in.size || to.pos == to.size) continue;
    if (status != 0) return cut_short("zstd");
    break;
  }
  if (to.pos > limit) return past_limit(limit, bytes.size());
  out.set_size(to.pos);
  return out;
}

}  // namespace

Compression detect_compression(std::string_view bytes) {
  if (bytes.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return Compression::kNone;
}

Result<Pages> decompress(Compression format, std::string_view bytes, uint64_t limit) {
  if (format == Compression::kZstd) return decompress_zstd(bytes, limit);
  Pages whole = inflate_at_once(bytes, limit);
  if (whole.size() > 0) return whole;
  return inflate_members(bytes, limit);
}

std::string gzip(std::string_view bytes) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> deflater(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  if (!deflater) throw std::bad_alloc();
  std::string out(libdeflate_gzip_compress_bound(deflater.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(deflater.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace prof
