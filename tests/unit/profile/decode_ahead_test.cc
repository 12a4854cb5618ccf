// A compressed profile is read while it is being inflated, before what samples name is known. It must come
// out as the same bytes do when all of them are there.
#include <catch2/catch.hpp>
#include <protozero/pbf_writer.hpp>

#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/schema.h"
#include "tests/support/profile.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

using protozero::pbf_writer;

constexpr uint64_t kSamples = 100'000;  // three megabytes: several steps of inflating
constexpr uint64_t kLocations = 50;

struct Shape {
  const char* what;
  uint64_t (*id)(uint64_t) = [](uint64_t index) { return index + 1; };
  bool (*has_label)(uint64_t) = [](uint64_t) { return false; };
  uint64_t strange_sample = kSamples;  // names `strange_location`
  uint64_t strange_location = 0;
  uint64_t short_sample = kSamples;  // has no value
  bool are_types_last = false;
  bool is_type_added_last = false;
  bool are_objects_first = false;
};

void add_sample(pbf_writer& profile, const Shape& shape, uint64_t i) {
  std::string sample;
  pbf_writer writer(sample);
  std::vector<uint64_t> stack;
  for (uint64_t f = 0; f < i % 30; f++) stack.push_back(shape.id((i * 7 + f * f) % kLocations));
  if (i == shape.strange_sample) stack.push_back(shape.strange_location);
  writer.add_packed_uint64(schema::sample::kLocationId, stack.begin(), stack.end());
  if (i != shape.short_sample) writer.add_int64(schema::sample::kValue, static_cast<int64_t>(i));
  if (shape.has_label(i)) {
    pbf_writer label(writer, schema::sample::kLabel);
    label.add_uint64(schema::label::kKey, 3);
    label.add_uint64(schema::label::kStr, 4 + i % 2);
  }
  profile.add_message(schema::kSample, sample);
}

void add_type(pbf_writer& profile) {
  pbf_writer type(profile, schema::kSampleType);
  type.add_uint64(schema::value_type::kType, 1);
  type.add_uint64(schema::value_type::kUnit, 2);
}

std::string made(const Shape& shape) {
  std::string bytes;
  pbf_writer profile(bytes);
  const auto add_locations = [&] {
    for (uint64_t index = 0; index < kLocations; index++) {
      pbf_writer location(profile, schema::kLocation);
      location.add_uint64(schema::location::kId, shape.id(index));
      location.add_uint64(schema::location::kAddress, 0x1000 + index);
    }
  };
  if (!shape.are_types_last) add_type(profile);
  if (shape.are_objects_first) add_locations();
  for (uint64_t i = 0; i < kSamples; i++) add_sample(profile, shape, i);
  if (!shape.are_objects_first) add_locations();
  // An index of the file is none of the profile: "key" and "a" are there twice.
  for (const char* text : {"", "n", "n", "key", "key", "a"}) profile.add_string(schema::kStringTable, text);
  if (shape.are_types_last || shape.is_type_added_last) add_type(profile);
  return bytes;
}

}  // namespace

TEST_CASE("what is read while it is inflated is what the bytes say") {
  const auto shape = GENERATE(
      Shape{"ids from 1"}, Shape{"ids from 0 up by 3", [](uint64_t index) { return 3 * index + 1; }},
      Shape{"ids down from 50", [](uint64_t index) { return kLocations - index; }},
      Shape{"ids past 32 bits", [](uint64_t index) { return (index + 1) << 40; }},
      Shape{"ids from 1, then past 32 bits",
            [](uint64_t index) { return index < 49 ? index + 1 : index << 40; }},
      Shape{.what = "labels", .has_label = [](uint64_t) { return true; }},
      Shape{.what = "labels, but only late", .has_label = [](uint64_t i) { return i > kSamples / 2; }},
      Shape{.what = "labels, but only early", .has_label = [](uint64_t i) { return i < kSamples / 4; }},
      Shape{.what = "types after samples", .are_types_last = true},
      Shape{.what = "locations before samples", .are_objects_first = true});
  INFO(shape.what);
  const std::string bytes = made(shape);
  const auto apart = decode_profile(bytes, {.is_one_of_many = true}), ahead = decode_profile(gzip(bytes));
  REQUIRE(apart);
  REQUIRE(ahead);
  REQUIRE(ahead->sample_count() == kSamples);
  size_t frames = 0;
  for (size_t i = 0; i < kSamples; i++) {
    const auto stack = ahead->stack(i);
    REQUIRE(stack.size() == i % 30);
    for (size_t f = 0; f < stack.size(); f++) {
      frames += ahead->locations()[stack[f]].address == 0x1000 + (i * 7 + f * f) % kLocations;
    }
    REQUIRE(ahead->values(i)[0] == static_cast<int64_t>(i));
    const auto labels = ahead->labels(i);
    REQUIRE(labels.size() == (shape.has_label(i) ? 1 : 0));
    if (labels.empty()) continue;
    REQUIRE(ahead->string(labels[0].key) == "key");
    REQUIRE(ahead->string(labels[0].str) == (i % 2 == 0 ? "key" : "a"));
  }
  CHECK(frames == kSamples / 30 * 435 + 45);  // 0 + ... + 29 each thirty samples, and 0 + ... + 9
  CHECK(encode_profile(*ahead) == encode_profile(*apart));
}

TEST_CASE("what is wrong in a sample that was read while it was inflated is told") {
  const struct {
    Shape shape;
    const char* message;
    bool is_exact = true;  // where it is: else no more is known than among which samples
  } cases[] = {
      {{.what = "no value, early", .short_sample = 10'000}, "it has 0 values for 1 sample types"},
      {{.what = "no value, late", .short_sample = 99'000}, "it has 0 values for 1 sample types"},
      {{.what = "location 0", .strange_sample = 10'000}, "it names location 0, which does not exist"},
      {{.what = "no such location, early", .strange_sample = 10'000, .strange_location = 51},
       "it names location 51, which does not exist",
       false},
      {{.what = "no such location, late", .strange_sample = 99'999, .strange_location = 51},
       "it names location 51, which does not exist"},
      {{.what = "no such location past 32 bits",
        .strange_sample = 10'000,
        .strange_location = uint64_t{1} << 33},
       "it names location 8589934592, which does not exist"},
      {{.what = "another type at the end", .is_type_added_last = true}, "it has 1 values for 2 sample types"},
  };
  for (const auto& [shape, message, is_exact] : cases) {
    INFO(shape.what);
    const std::string bytes = made(shape);
    const auto apart = decode_profile(bytes, {.is_one_of_many = true}), ahead = decode_profile(gzip(bytes));
    REQUIRE_FALSE(apart);
    REQUIRE_FALSE(ahead);
    CHECK_THAT(ahead.error().message(), Contains("its field `sample` at byte ") && Contains(message));
    if (is_exact) CHECK(ahead.error().message() == apart.error().message());
  }
}
