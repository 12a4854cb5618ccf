#include "libprof/profile/codec.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <span>
#include <vector>

#include "libprof/profile/compress.h"
#include "libprof/profile/schema.h"
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

TEST_CASE("samples keep their order and their labels, however many there are and whatever is between them") {
  // Enough for several cores; the first third has no labels, and in the last third each sample is apart.
  constexpr int64_t kSamples = 30'000;
  std::string bytes;
  protozero::pbf_writer profile(bytes);
  for (const char* text : {"", "n", "key"}) profile.add_string(schema::kStringTable, text);
  const auto pair = [](uint64_t first, uint64_t second) {
    std::string message;
    protozero::pbf_writer writer(message);
    writer.add_uint64(1, first);
    writer.add_uint64(2, second);
    return message;
  };
  profile.add_message(schema::kSampleType, pair(1, 1));
  for (int64_t i = 0; i < kSamples; i++) {
    std::string sample;
    protozero::pbf_writer writer(sample);
    if (i % 3 != 0) writer.add_uint64(schema::sample::kLocationId, static_cast<uint64_t>(i % 2 + 7));
    writer.add_int64(schema::sample::kValue, i);
    if (i > kSamples / 3 && i % 5 == 0) {
      std::string label;
      protozero::pbf_writer label_writer(label);
      label_writer.add_uint64(schema::label::kKey, 2);
      label_writer.add_int64(schema::label::kNum, i);
      writer.add_message(schema::sample::kLabel, label);
    }
    profile.add_message(schema::kSample, sample);
    if (i > 2 * kSamples / 3) profile.add_int64(schema::kPeriod, i);
  }
  for (const uint64_t id : {8, 7}) profile.add_message(schema::kLocation, pair(id, 0));
  for (const std::string& file : {bytes, gzip(bytes)}) {
    const auto read = decode_profile(file);
    REQUIRE(read);
    REQUIRE(read->sample_count() == kSamples);
    CHECK(read->period == kSamples - 1);
    int64_t wrong = 0;
    for (int64_t i = 0; i < kSamples; i++) {
      const auto at = static_cast<size_t>(i);
      const auto stack = read->stack(at);
      const auto labels = read->labels(at);
      wrong += read->values(at)[0] != i;
      wrong += stack.size() != (i % 3 != 0 ? 1u : 0u);
      wrong += !stack.empty() && read->locations()[stack[0]].id != static_cast<uint64_t>(i % 2 + 7);
      wrong += labels.size() != (i > kSamples / 3 && i % 5 == 0 ? 1u : 0u);
      wrong += !labels.empty() && labels[0].num != i;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("stacks name locations by ids of any length") {
  for (const uint64_t longest : {uint64_t{1} << 27, uint64_t{1} << 28, UINT64_MAX}) {
    INFO(longest);
    ProfileBuilder builder;
    builder.add_sample_type("cpu", "ns");
    std::vector<uint32_t> stack;
    for (uint64_t id = longest; id != 0; id /= 3) stack.push_back(builder.add_location({.id = id}, {}));
    const int64_t value[] = {1};
    builder.add_sample(stack, value);
    const auto read = decode_profile(encode_profile(std::move(builder).finish()));
    REQUIRE(read);
    REQUIRE(read->stack(0).size() == stack.size());
    uint64_t id = longest;
    for (const uint32_t location : read->stack(0)) {
      CHECK(read->locations()[location].id == id);
      id /= 3;
    }
  }
}

TEST_CASE("a profile of many pieces is one gzip member that gunzip takes, the same each time") {
  ProfileBuilder builder;
  builder.add_sample_type("n", "count");
  builder.add_sample_type("bytes", "bytes");
  std::vector<uint32_t> locations;
  for (uint64_t i = 0; i < 400; i++) {
    const uint64_t id = i % 3 == 0 ? uint64_t{1} << i % 60 << 4 | i : 1000 + i;  // of 1 to 10 bytes
    locations.push_back(builder.add_location({id, kNoIndex, i, 0, 0, false}, {}));
  }
  const StringId key = builder.intern("key"), value = builder.intern("value");
  for (size_t i = 0; i < 40'000; i++) {
    const auto stack = std::span(locations).subspan(i % 97, i % 211);  // none to more than 127 bytes
    const int64_t values[] = {static_cast<int64_t>(i) - 100, static_cast<int64_t>(i) << i % 40};
    const Label label{key, i % 2 == 0 ? value : 0, i % 2 == 0 ? 0 : -static_cast<int64_t>(i), 0};
    builder.add_sample(stack, values, {&label, i % 5 == 0 ? size_t{0} : size_t{1}});
  }
  const Profile before = std::move(builder).finish();
  const std::string encoded = encode_profile(before);
  CHECK(encode_profile(before) == encoded);
  const auto after = decode_profile(encoded);
  REQUIRE(after);
  CHECK(test::describe(*after) == test::describe(before));

  const test::TempDir dir;
  test::write(dir.file("out.gz"), encoded);
  const std::string command = "gzip -dc " + dir.file("out.gz") + " > " + dir.file("out");
  REQUIRE(std::system(command.c_str()) == 0);  // gzip checks sum and size, and fails on what follows a member
  const std::string inflated = test::read(dir.file("out"));
  const auto bare = decode_profile(inflated);
  REQUIRE(bare);
  CHECK(test::describe(*bare) == test::describe(before));
  // Nothing after the first member: its size, modulo 2^32, is that of the whole.
  uint32_t size = 0;
  std::memcpy(&size, encoded.data() + encoded.size() - 4, sizeof size);
  CHECK(size == inflated.size());
}

TEST_CASE("one of many is read as one alone is") {
  const Profile before = everything();
  DecodeOptions one_of_many;
  one_of_many.is_one_of_many = true;
  std::string large = encode_profile(before);
  for (int time = 0; time < 3; time++) {  // its buffer is that of the time before
    const auto after = decode_profile(large, one_of_many);
    REQUIRE(after);
    CHECK(test::describe(*after) == test::describe(before));
    CHECK_FALSE(decode_profile(large.substr(0, large.size() / 2), one_of_many));
  }
}

TEST_CASE("gzip members, zstd and bare profiles are told apart") {
  const Profile profile = everything();
  const std::string gzipped = encode_profile(profile);
  const std::string bare(decompress(gzipped, 1 << 20)->view());
  CHECK(test::describe(*decode_profile(bare)) == test::describe(profile));
  const std::string two = gzip(bare.substr(0, 10)) + gzip(bare.substr(10));
  CHECK(test::describe(*decode_profile(two)) == test::describe(profile));
  CHECK(test::describe(*decode_profile(two + std::string(512, '\0'))) == test::describe(profile));
}
