#include "libprof/profile/compress.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace prof {
namespace {

constexpr size_t kFirstCapacity = size_t{1} << 20;
constexpr size_t kStep = size_t{1} << 20;   // of output
constexpr size_t kPiece = size_t{1} << 20;  // of input
constexpr size_t kLeastRoom = 4096;
constexpr char kGzipMark = '\x1f';

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

// Doubles the room for output, one byte past `limit` at most, so that "full" means "past the limit".
bool grow(Pages& out, uint64_t limit) {
  const size_t most = static_cast<size_t>(std::min<uint64_t>(limit, SIZE_MAX - 1)) + 1;
  return out.reserve(std::min(most, std::max(kFirstCapacity, out.capacity() * 2)));
}

// What `state` has not read yet, with the next piece where it has read all of one; empty at the end.
Result<std::string_view> unread(inflate_state& state, const CompressedInput& input) {
  if (state.avail_in == 0) {
    const auto piece = input.next();
    if (!piece) return piece;
    state.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(piece->data()));
    state.avail_in = static_cast<uint32_t>(piece->size());
  }
  return std::string_view(reinterpret_cast<const char*>(state.next_in), state.avail_in);
}

// Behind a member: whether another one follows. Padding may, as tapes have it; what else does may be a
// damaged member.
Result<bool> has_member(inflate_state& state, const CompressedInput& input) {
  for (bool is_padded = false;; is_padded = true) {
    const auto rest = unread(state, input);
    if (!rest) return tl::unexpected(rest.error());
    if (rest->empty()) return false;
    const size_t zeros = std::min(rest->find_first_not_of('\0'), rest->size());
    state.next_in += zeros;
    state.avail_in -= static_cast<uint32_t>(zeros);
    if (zeros == rest->size()) continue;
    if (is_padded || zeros > 0 || rest->front() != kGzipMark) return corrupt("gzip");
    return true;
  }
}

// isa-l: as fast as libdeflate, and in steps.
Result<void> inflate(Pages& out, const CompressedInput& input, uint64_t limit, const Progress& progress) {
  const auto state = std::make_unique<inflate_state>();
  isal_inflate_init(state.get());
  state->crc_flag = ISAL_GZIP;
  state->avail_in = 0;
  for (size_t size = 0;;) {
    if (size > limit) return past_limit(limit, input.size);
    if (size == out.capacity() && !grow(out, limit)) throw std::bad_alloc();
    const auto bytes = unread(*state, input);
    if (!bytes) return tl::unexpected(bytes.error());
    state->next_out = reinterpret_cast<uint8_t*>(out.data() + size);
    state->avail_out = static_cast<uint32_t>(std::min(kStep, out.capacity() - size));
    const auto room = state->avail_out;
    const int status = isal_inflate(state.get());
    size += room - state->avail_out;
    out.set_size(std::min<uint64_t>(size, limit));
    if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT) return corrupt("gzip");
    if (state->block_state == ISAL_BLOCK_FINISH) {
      if (size > limit) return past_limit(limit, input.size);
      const auto has_more = has_member(*state, input);
      if (!has_more) return tl::unexpected(has_more.error());
      if (!*has_more) return {};
      isal_inflate_reset(state.get());
    } else if (bytes->empty() && state->avail_out > 0) {
      return cut_short("gzip");
    }
    if (!progress(size)) return {};
  }
}

Result<void> decompress_zstd(Pages& out, const CompressedInput& input, uint64_t limit,
                             const Progress& progress) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  if (!stream) throw std::bad_alloc();
  ZSTD_inBuffer in{nullptr, 0, 0};
  size_t wanted = 1;  // 0: at the end of a frame
  for (size_t size = 0;;) {
    if (size > limit) return past_limit(limit, input.size);
    if (size == out.capacity() && !grow(out, limit)) throw std::bad_alloc();
    if (in.pos == in.size) {
      const auto piece = input.next();
      if (!piece) return tl::unexpected(piece.error());
      in = {piece->data(), piece->size(), 0};
    }
    const bool is_end = in.size == 0;
    if (is_end && wanted == 0) return {};
    ZSTD_outBuffer to{out.data() + size, std::min(kStep, out.capacity() - size), 0};
    wanted = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(wanted)) return corrupt("zstd");
    size += to.pos;
    out.set_size(std::min<uint64_t>(size, limit));
    if (is_end && wanted != 0 && to.pos < to.size) return cut_short("zstd");
    if (!progress(size)) return {};
  }
}

}  // namespace

Compression detect_compression(std::string_view bytes) {
  if (bytes.starts_with("\x1f\x8b")) return Compression::kGzip;
  // A frame, or one that is skipped (RFC 8878, 3.1.2), as pzstd puts it in front of each.
  const bool is_skipped =
      !bytes.empty() && (bytes[0] & 0xf0) == 0x50 && bytes.substr(1).starts_with("\x2a\x4d\x18");
  if (is_skipped || bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return Compression::kNone;
}

CompressedInput pieces_of(std::string_view bytes, std::string* owned) {
  return {detect_compression(bytes), bytes.size(), [=, begin = size_t{0}, end = size_t{0}]() mutable {
            if (owned != nullptr && end == bytes.size()) {
              std::string().swap(*owned);
            } else if (owned != nullptr) {
              give_back(owned->data() + begin, owned->data() + end);
            }
            begin = end;
            end = std::min(bytes.size(), begin + kPiece);
            return Result<std::string_view>(bytes.substr(begin, end - begin));
          }};
}

Result<void> decompress_into(Pages& out, const CompressedInput& input, uint64_t limit,
                             const Progress& progress) {
  return input.format == Compression::kZstd ? decompress_zstd(out, input, limit, progress)
                                            : inflate(out, input, limit, progress);
}

Result<Pages> decompress(std::string_view bytes, uint64_t limit) {
  Pages out;
  const auto done = decompress_into(out, pieces_of(bytes), limit, [](size_t) { return true; });
  if (!done) return tl::unexpected(done.error());
  return out;
}

std::string gzip(std::string_view bytes) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> deflater(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  if (!deflater) throw std::bad_alloc();
  std::string out(libdeflate_gzip_compress_bound(deflater.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(deflater.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

FlatArray<char> deflate_piece(std::string_view bytes) {
  const auto tables = std::make_unique_for_overwrite<uint8_t[]>(ISAL_DEF_LVL2_DEFAULT);
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 2;
  stream.level_buf = tables.get();
  stream.level_buf_size = ISAL_DEF_LVL2_DEFAULT;
  stream.flush = SYNC_FLUSH;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uint32_t>(bytes.size());
  FlatArray<char> out;
  size_t size = 0;
  do {
    out.resize(std::max(2 * size, bytes.size() + kLeastRoom));
    stream.next_out = reinterpret_cast<uint8_t*>(out.data() + size);
    stream.avail_out = static_cast<uint32_t>(out.size() - size);
    isal_deflate(&stream);  // it fails for wrong arguments only
    size = out.size() - stream.avail_out;
  } while (stream.avail_out == 0);
  out.resize(size);
  return out;
}

std::string_view GzipMember::head() {
  using namespace std::string_view_literals;
  return "\x1f\x8b\x08\0\0\0\0\0\0\xff"sv;  // deflate, no flags, no time, no system
}

void GzipMember::add(std::string_view piece) {
  crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
  size_ += static_cast<uint32_t>(piece.size());
}

std::string GzipMember::end() const {
  std::string text("\x03\0", 2);  // a last block, empty
  for (const uint32_t number : {crc_, size_}) {
    for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift);
  }
  return text;
}

}  // namespace prof
