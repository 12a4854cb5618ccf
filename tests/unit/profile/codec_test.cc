#include "libprof/profile/codec.h"

#include <catch2/catch.hpp>

#include "libprof/profile/compress.h"
#include "tests/support/files.h"
#include "tests/unit/profile/describe.h"

using namespace prof;

namespace {

// One of everything that profile.proto has.
Profile everything() {
  ProfileBuilder b;
  b.add_sample_type("samples", "count");
  b.add_sample_type("cpu", "nanoseconds");
  Mapping app;
  app.id = 7;
  app.start = 0x400000;
  app.limit = 0x500000;
  app.offset = 0x1000;
  app.file = b.intern("/bin/app");
  app.build_id = b.intern("abc123");
  app.has_functions = app.has_filenames = app.has_line_numbers = app.has_inline_frames = true;
  const uint32_t mapping = b.add_mapping(app);
  const uint32_t outer =
      b.add_function({1, b.intern("outer"), b.intern("_Z5outerv"), b.intern("/src/outer.cc"), 10});
  const uint32_t inner =
      b.add_function({~uint64_t{0}, b.intern("inner"), b.intern("_Z5innerv"), b.intern("/src/inner.h"), 3});
  const Line both[] = {{inner, 5, 9}, {outer, 12, 0}};
  const uint32_t inlined = b.add_location({100, mapping, 0x401000, 0, 0, false}, both);
  const uint32_t folded = b.add_location({3, mapping, 0xffffffffff600000, 0, 0, true}, {});
  const uint32_t nowhere = b.add_location({4, kNoIndex, 0, 0, 0, false}, {});
  const uint32_t stack[] = {inlined, folded, nowhere};
  const int64_t values[] = {1, 10'000'000}, negative[] = {-1, INT64_MIN}, zero[] = {0, 0};
  b.add_sample(stack, values);
  const Label labels[] = {{b.intern("thread"), b.intern("main"), 0, 0},
                          {b.intern("bytes"), 0, -4096, b.intern("bytes")}};
  b.add_sample({stack, 1}, negative, labels);
  b.add_sample({}, zero);
  Profile& h = b.header();
  h.time_ns = 1700000000123456789;
  h.duration_ns = 10'000'000'000;
  h.period_type = {b.intern("cpu"), b.intern("nanoseconds")};
  h.period = 10'000'000;
  h.default_sample_type = b.intern("cpu");
  h.drop_frames = b.intern("drop");
  h.keep_frames = b.intern("keep");
  h.doc_url = b.intern("https://example.org/");
  h.comments = {b.intern("first"), b.intern("# second")};
  return std::move(b).finish();
}

}  // namespace

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
