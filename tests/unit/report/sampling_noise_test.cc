// How often `prof diff` is wrong about heap profiles, whose stacks allocate blocks of many sizes.
#include "libprof/report/sampling_noise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>

#include "libprof/profile/folded.h"

using namespace prof;
using namespace prof::report;
using Catch::Matchers::Contains;

namespace {

constexpr double kPeriod = 512 * 1024;

struct Blocks {
  const char* function;
  int64_t size, count;
};

// A vector that doubles, a string that does, blocks of two unlike sizes, and of one.
std::vector<Blocks> program() {
  std::vector<Blocks> all;
  for (int64_t size = 4; size <= 1 << 21; size *= 2) all.push_back({"vector", size, 300});
  for (int64_t size = 31; size <= 1 << 20; size *= 2) all.push_back({"string", size, 300});
  all.insert(all.end(), {{"mixed", 64, 12'000}, {"mixed", 1 << 20, 100}, {"small", 64, 500'000}});
  return all;
}

// As it is sampled: of each size so many blocks, each weighed by how likely it was to be seen.
Profile heap_profile(std::mt19937& random, bool tells_sizes) {
  ProfileBuilder builder;
  builder.add_sample_type("alloc_objects", "count");
  builder.add_sample_type("alloc_space", "bytes");
  for (const Blocks& blocks : program()) {
    const auto size = static_cast<double>(blocks.size);
    const double probability = -std::expm1(-size / kPeriod);
    const auto seen =
        static_cast<double>(std::binomial_distribution<int64_t>(blocks.count, probability)(random));
    if (seen == 0) continue;
    Function function;
    function.name = builder.intern(blocks.function);
    Line line;
    line.function = builder.add_function(function);
    const uint32_t stack[] = {builder.add_location({}, std::span(&line, 1))};
    const int64_t values[] = {std::llround(seen / probability), std::llround(seen * size / probability)};
    Label label;
    label.key = builder.intern("bytes");
    label.num = blocks.size;
    builder.add_sample(stack, values, std::span(&label, tells_sizes ? 1 : 0));
  }
  builder.header().period_type = {builder.intern("space"), builder.intern("bytes")};
  builder.header().period = static_cast<int64_t>(kPeriod);
  return std::move(builder).finish();
}

Result<Diff> compare(const Profile& before, const Profile& after, const char* type) {
  Options options;
  options.sample_index = type;
  const auto one = View::make(before, options), two = View::make(after, options);
  return diff(std::span(&*one, 1), std::span(&*two, 1), {});
}

}  // namespace

TEST_CASE("allocations of many sizes at one place are no differences", "[error-rates]") {
  // In 2,000 pairs a 20th may show one; 3.3 standard deviations more, as in rates_test.cc. The intervals of
  // the total hold no difference in 95%, less 4.
  std::mt19937 random(21);
  const char* type = GENERATE("alloc_objects", "alloc_space");
  int differ = 0, held = 0;
  for (int trial = 0; trial < 2000; trial++) {
    const Profile before = heap_profile(random, true), after = heap_profile(random, true);
    const auto made = compare(before, after, type);
    REQUIRE(made);
    differ += !made->rows.empty() && made->rows[0].is_real ? 1 : 0;
    held += made->total.lo <= 0 && made->total.hi >= 0 ? 1 : 0;
  }
  INFO(type << ": " << differ << " differ, " << held << " intervals of 2000 hold no difference");
  CHECK(differ <= 100 + 32);
  CHECK(differ >= 10);  // and it is a test, not a constant
  CHECK(held >= 2000 * 0.95 - 39);
}

TEST_CASE("Go's samples of no blocks, which have no size, made the noise of all unknown") {
  ProfileBuilder builder;
  builder.add_sample_type("alloc_objects", "count");
  builder.add_sample_type("alloc_space", "bytes");
  const uint32_t stack[] = {builder.add_location({}, {})};
  const int64_t some[] = {8192, 524288}, none[] = {0, 0};
  Label size;
  size.key = builder.intern("bytes");
  size.num = 64;
  builder.add_sample(stack, some, std::span(&size, 1));
  builder.add_sample(stack, none);
  const Profile profile = std::move(builder).finish();
  CHECK(compare(profile, profile, "alloc_objects"));
}

TEST_CASE("the number of blocks has no known noise where the samples do not tell sizes apart") {
  std::mt19937 random(22);
  const Profile before = heap_profile(random, false), after = heap_profile(random, false);
  const auto made = compare(before, after, "alloc_objects");
  REQUIRE_FALSE(made);
  CHECK_THAT(made.error().message(), Contains("alloc_objects") && Contains("several profiles a side"));
  CHECK(compare(before, after, "alloc_space"));
}

TEST_CASE("each nanosecond of folded stacks was an event") {
  struct Case {
    const char* what;
    int64_t unit;
    int64_t smallest;
    bool is_known;
  };
  const auto [what, unit, smallest, is_known] =
      GENERATE(Case{"samples", 1, 1, true}, Case{"periods of 2 ms", 2'000'000, 1, true},
               Case{"microseconds", 1, 997, false}, Case{"multiples of 16 bytes", 16, 3, false});
  INFO(what);
  const auto folded = [unit = unit, smallest = smallest](int64_t hash, int64_t sort) {
    return std::move(*read_folded("main;hash " + std::to_string(hash * unit) + "\nmain;sort " +
                                  std::to_string(sort * unit) + "\nmain;rare " +
                                  std::to_string(smallest * unit) + "\n")
                          .value());
  };
  const auto made = compare(folded(100, 4001), folded(200, 4101), "samples");
  REQUIRE(made.has_value() == is_known);
  if (!is_known) return;
  CHECK(made->rows[0].name == "hash");
  CHECK(made->rows[0].is_real);
  CHECK_FALSE(made->rows[1].is_real);
}
