// Compressed data comes in pieces that end anywhere: within a head, a trailer, padding.
#include "libprof/profile/compress.h"

#include <zstd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "tests/support/files.h"

using namespace prof;

namespace {

Result<std::string> inflated(const std::string& bytes, size_t piece) {
  CompressedInput input{detect_compression(bytes), bytes.size(), [&, at = size_t{0}]() mutable {
                          const size_t begin = at;
                          at = std::min(bytes.size(), at + piece);
                          return Result<std::string_view>(std::string_view(bytes).substr(begin, at - begin));
                        }};
  Pages out;
  const auto done = decompress_into(out, input, 1 << 20, [](size_t) { return true; });
  if (!done) return tl::unexpected(done.error());
  return std::string(out.view());
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

}  // namespace

TEST_CASE("what is compressed is read alike wherever its pieces end") {
  std::string text;
  for (int i = 0; i < 300; i++) text += "stack " + std::to_string(i * i % 101);
  const std::string padding(100, '\0'), twice = text + text;
  for (size_t piece = 1; piece < 100; piece++) {
    INFO(piece);
    CHECK(inflated(gzip(text), piece) == text);
    CHECK(inflated(gzip(text) + gzip(text), piece) == twice);
    CHECK(inflated(gzip(text) + gzip(text) + padding, piece) == twice);
    CHECK(inflated(zstd(text) + zstd(text), piece) == twice);
    for (const std::string& flawed :
         {gzip(text) + "x", gzip(text) + padding + gzip(text), gzip(text) + "\x1f", gzip(text).substr(0, 50),
          zstd(text).substr(0, 50)}) {
      CHECK_FALSE(inflated(flawed, piece));
    }
  }
}

TEST_CASE("zstd that begins with a frame to be skipped, as pzstd writes it, was a damaged protobuf") {
  const std::string text = "stack";
  for (const char first : {'\x50', '\x5f'}) {
    const std::string skipped = first + std::string("\x2a\x4d\x18\x04\0\0\0size", 11);
    CHECK(inflated(skipped + zstd(text), 100) == text);
    CHECK(inflated(skipped + zstd(text) + skipped + zstd(text), 3) == text + text);
  }
}

TEST_CASE("a large compressed file is the profile that its bytes are, and says where it is cut short") {
  ProfileBuilder builder;
  builder.add_sample_type("cpu", "nanoseconds");
  constexpr uint32_t kLocations = 60'000;
  for (uint32_t i = 0; i < kLocations; i++) builder.add_location({.address = i * uint64_t{16}}, {});
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; i++) {
    uint32_t stack[25];
    for (uint32_t& location : stack) location = static_cast<uint32_t>(random() % kLocations);
    const auto value = static_cast<int64_t>(random() % 1000);
    builder.add_sample(stack, {&value, 1});
  }
  const std::string bytes = encode_profile(std::move(builder).finish());
  const test::TempDir directory;
  const std::string whole = directory.file("whole"), cut = directory.file("cut");
  REQUIRE(write_file_atomically(whole, bytes));
  REQUIRE(write_file_atomically(cut, bytes.substr(0, bytes.size() - 100)));
  REQUIRE(is_large_compressed_file(whole));
  for (const bool is_one_of_many : {false, true}) {
    const auto read = read_profile(whole, {.is_one_of_many = is_one_of_many});
    REQUIRE(read);
    CHECK(encode_profile(*read) == bytes);
    const auto failed = read_profile(cut, {.is_one_of_many = is_one_of_many});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().what == "cannot read " + cut + ": its gzip data is cut short");
  }
  CHECK_FALSE(is_large_compressed_file(directory.path()));
  CHECK_FALSE(is_large_compressed_file("/dev/null"));
}
