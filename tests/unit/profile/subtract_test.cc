#include "libprof/profile/subtract.h"

#include <catch2/catch.hpp>

using namespace prof;

namespace {

// One frame a value; of the same addresses in each profile.
Profile of(const char* type, std::initializer_list<int64_t> values) {
  ProfileBuilder builder;
  builder.add_sample_type(type, "count");
  uint64_t address = 0;
  for (const int64_t value : values) {
    const uint32_t location = builder.add_location({0, kNoIndex, address += 16, 0, 0, false}, {});
    builder.add_sample(std::span(&location, 1), std::span(&value, 1));
  }
  return std::move(builder).finish();
}

std::vector<int64_t> difference(const Profile& profile, const Profile& base, const Subtraction& how) {
  const auto ratio = [](std::string_view, std::string_view) { return std::optional(1.0); };
  const auto rest = subtract(profile, base, ratio, how);
  REQUIRE(rest);
  std::vector<int64_t> values;
  for (size_t i = 0; i < rest->sample_count(); i++) {
    values.push_back(rest->values(i)[0]);
    for (const Label& label : rest->labels(i)) CHECK(rest->string(label.key) == how.mark);
  }
  return values;
}

}  // namespace

TEST_CASE("equal samples are subtracted; those of the base stay apart where they are marked") {
  const Profile profile = of("samples", {10, 20}), base = of("samples", {4, 20, 5});
  CHECK(difference(profile, base, {}) == std::vector<int64_t>{6, -5});
  CHECK(difference(profile, base, {false, "base"}) == std::vector<int64_t>{10, 20, -4, -20, -5});
}

TEST_CASE("a base that is a difference itself had its samples marked twice") {
  ProfileBuilder builder(of("samples", {4}));
  const uint32_t location = builder.profile().stack(0)[0];
  const int64_t value = 5;
  const Label mark{builder.intern("base"), builder.intern("true"), 0, 0};
  builder.add_sample(std::span(&location, 1), std::span(&value, 1), std::span(&mark, 1));
  // The marked sample and the other are one, as in pprof.
  CHECK(difference(of("samples", {10}), std::move(builder).finish(), {false, "base"}) ==
        std::vector<int64_t>{10, -9});
}

TEST_CASE("normalized, a profile has the total of its base; one of nothing stays so") {
  const Profile profile = of("samples", {10, 30}), base = of("samples", {40, 40});
  CHECK(difference(profile, base, {true, ""}) == std::vector<int64_t>{-20, 20});
  CHECK(difference(of("samples", {0}), base, {true, ""}) == std::vector<int64_t>{-40, -40});
}

TEST_CASE("a profile is not normalized by one of other sample types") {
  const auto ratio = [](std::string_view, std::string_view) { return std::optional(1.0); };
  const auto rest = subtract(of("samples", {1}), of("allocations", {1}), ratio, {true, ""});
  REQUIRE_FALSE(rest);
  CHECK(rest.error().what == "cannot normalize: the profile and its base have different sample types");
}
