// profile.proto: bytes to Profile and back. docs/profile-format.md names the fields.
//
// Decoding is total: any input gives a Profile or an Error that names the field and its byte offset (in the
// decompressed data; of a sample that names a location or string which does not exist, that of the first of
// up to 8192 samples, where they were read before those). What is accepted is what `go tool pprof` accepts,
// with stricter references: every id and string index must exist.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"

namespace prof {

struct DecodeOptions {
  std::string name = "the profile";  // for messages: "cannot read <name>: ..."
  // Decompressed size past which the input is refused; 0: kMaxRatio times the compressed size, at least
  // kMinLimit. Real profiles compress 3 to 40 times, a gzip bomb 1000 times.
  uint64_t max_inflated = 0;
  bool is_one_of_many = false;  // others are being read on the other cores: one thread does all
};
inline constexpr uint64_t kMaxRatio = 100;
inline constexpr uint64_t kMinLimit = uint64_t{64} << 20;

// Reading takes at most so many times the decompressed size, and a few MiB, of any input of any format; real
// profiles take about their size (tests/unit/profile/memory_test.cc has the worst ones).
inline constexpr uint64_t kMemoryMultiple = 64;

// Reads a profile.proto, or one of the formats before it (legacy/), or folded stacks (folded.h): gzip (any
// number of members), zstd or bare, told apart by magic.
Result<Profile> decode_profile(std::string_view bytes, const DecodeOptions& options = {});

Result<Profile> decode_profile(std::string&& bytes,
                               const DecodeOptions& options);  // freed when not needed any more

// The same, of a file or of standard input ("-"). Holds at most two of: file, decompressed data, Profile; of
// a compressed file a piece.
Result<Profile> read_profile(const std::string& path, DecodeOptions options = {});

// Whether read_profile() reads that file while it is decompressed: a regular one, gzip or zstd, and large. No
// other reader's format is compressed.
bool is_large_compressed_file(const std::string& path);

// gzipped profile.proto. The same Profile gives the same bytes, on any number of cores.
std::string encode_profile(const Profile& profile);

// The same, piece by piece, as it is made.
void encode_profile(const Profile& profile, const std::function<void(std::string_view)>& sink);

}  // namespace prof
