#include "libprof/profile/codec.h"

#include <catch2/catch.hpp>

#include "libprof/profile/compress.h"
#include "tests/support/files.h"
#include "tests/support/profile.h"

using namespace prof;
using prof::test::everything;

TEST_CASE("a round trip keeps everything") {
  const Profile before = everything();
  const std::string encoded = encode_profile(before);
  const auto after = decode_profile(encoded);
  REQUIRE(after);
  CHECK(test::describe(*after) == test::describe(before));
  CHECK(after->warnings.empty());
  CHECK(encode_profile(*after) == encoded);
}

TEST_CASE("gzip members, zstd and bare profiles are told apart") {
  const Profile profile = everything();
  const std::string gzipped = encode_profile(profile);
  const std::string bare(decompress(Compression::kGzip, gzipped, 1 << 20)->view());
  CHECK(test::describe(*decode_profile(bare)) == test::describe(profile));
  const std::string two = gzip(bare.substr(0, 10)) + gzip(bare.substr(10));
  CHECK(test::describe(*decode_profile(two)) == test::describe(profile));
  CHECK(test::describe(*decode_profile(two + std::string(512, '\0'))) == test::describe(profile));
}
