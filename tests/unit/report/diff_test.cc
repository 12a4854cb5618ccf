// `prof diff` on profiles of known counts.
#include "libprof/report/diff.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>

using namespace prof;
using namespace prof::report;
using Catch::Matchers::Contains;

namespace {

constexpr int64_t kPeriod = 10'000'000;

// A CPU profile: main calls each function, which has so many samples of its own.
Profile cpu_profile(const std::map<std::string, int64_t>& functions, const char* comment = nullptr) {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  builder.add_sample_type("cpu", "nanoseconds");
  const auto location = [&](const std::string& name) {
    Function function;
    function.name = builder.intern(name);
    Line line;
    line.function = builder.add_function(function);
    return builder.add_location({}, std::span(&line, 1));
  };
  const uint32_t main = location("main");
  for (const auto& [name, count] : functions) {
    const uint32_t stack[] = {location(name), main};
    const int64_t values[] = {count, count * kPeriod};
    builder.add_sample(stack, values);
  }
  builder.header().period_type = {builder.intern("cpu"), builder.intern("nanoseconds")};
  builder.header().period = kPeriod;
  if (comment != nullptr) builder.header().comments.push_back(builder.intern(comment));
  return std::move(builder).finish();
}

struct Side {
  std::deque<Profile> profiles;
  std::vector<View> views;
  void add(Profile profile, const char* sample_index = "", double divide_by = 1) {
    profiles.push_back(std::move(profile));
    Options options;
    options.sample_index = sample_index;
    options.divide_by = divide_by;
    auto view = View::make(profiles.back(), options);
    if (!view) FAIL(view.error().message());
    views.push_back(std::move(*view));
  }
};

Diff compare(Side& before, Side& after, const DiffOptions& options = {}) {
  auto made = diff(before.views, after.views, options);
  if (!made) FAIL(made.error().message());
  return std::move(*made);
}

const Difference& row(const Diff& diff, const std::string& name) {
  for (const Difference& one : diff.rows) {
    if (one.name == name) return one;
  }
  FAIL("no row " << name);
  std::abort();
}

std::string print_as(const Diff& diff, const std::string& name, const DiffLayout& layout = {}) {
  for (const DiffFormat& format : diff_formats()) {
    if (format.name == name) return print(diff, format, layout);
  }
  FAIL("no format " << name);
  std::abort();
}

}  // namespace

TEST_CASE("a function that grew is told from those that sampling moved") {
  Side before, after;
  before.add(cpu_profile({{"hash", 100}, {"sort", 500}, {"rare", 2}}));
  after.add(cpu_profile({{"hash", 200}, {"sort", 520}, {"fresh", 3}}));
  const Diff made = compare(before, after);
  REQUIRE(made.rows.size() == 4);
  CHECK(made.rows[0].name == "hash");
  CHECK(made.rows[0].is_real);
  CHECK(made.rows[0].delta() == 100 * kPeriod);
  CHECK(made.rows[0].lo > 60 * kPeriod);
  CHECK(made.rows[0].hi < 140 * kPeriod);
  CHECK_FALSE(row(made, "sort").is_real);
  CHECK(row(made, "rare").after == 0);
  CHECK(row(made, "fresh").before == 0);
  CHECK(made.tested == 2);
  CHECK(made.total.before == 602 * kPeriod);
  CHECK(made.total.is_real);
  CHECK(has_grown(made, 10));
  CHECK_FALSE(has_grown(made, 25));
}

TEST_CASE("with callees, a caller has the sum") {
  Side before, after;
  before.add(cpu_profile({{"hash", 100}, {"sort", 500}}));
  after.add(cpu_profile({{"hash", 200}, {"sort", 500}}));
  const Diff made = compare(before, after, {true, false, 0.05});
  CHECK(row(made, "main").delta() == 100 * kPeriod);
}

TEST_CASE("samples that stand for several periods are fewer than they look") {
  // 40 more of 100 periods would be real if each were an event; four to an event, they are ten of 25.
  const char* comment = "rate: 1000 Hz asked, 250 Hz achieved; each sample is weighted";
  for (const bool is_coarse : {false, true}) {
    Side before, after;
    before.add(cpu_profile({{"hash", 100}}, is_coarse ? comment : nullptr));
    after.add(cpu_profile({{"hash", 140}}, is_coarse ? comment : nullptr));
    CHECK(row(compare(before, after), "hash").is_real == !is_coarse);
  }
}

TEST_CASE("normalized, a longer run of the same program is no difference") {
  Side before, after;
  before.add(cpu_profile({{"hash", 100}, {"sort", 500}}));
  after.add(cpu_profile({{"hash", 1000}, {"sort", 5000}}));
  CHECK(row(compare(before, after), "sort").is_real);
  const Diff made = compare(before, after, {false, true, 0.05});
  CHECK(row(made, "sort").delta() == Approx(0).margin(1));
  CHECK_FALSE(row(made, "sort").is_real);
}

TEST_CASE("prof diff took a unit, a divisor and a least share, and went on as if it had not") {
  Side before, after;
  before.add(cpu_profile({{"hash", 100}, {"sort", 500}, {"rare", 2}}));
  after.add(cpu_profile({{"hash", 200}, {"sort", 500}, {"rare", 2}}));
  const Diff made = compare(before, after);
  CHECK_THAT(print_as(made, "text", {0, 0, "ms"}), Contains("1000ms") && Contains("rare"));
  CHECK_THAT(print_as(made, "markdown", {0, 0.01, "s"}), Contains("| +1s |") && !Contains("rare"));
  Side tenth_before, tenth_after;
  tenth_before.add(cpu_profile({{"hash", 100}}), "", 10);
  tenth_after.add(cpu_profile({{"hash", 200}}), "", 10);
  const Diff tenth = compare(tenth_before, tenth_after);
  CHECK(row(tenth, "hash").delta() == Approx(10 * kPeriod));
  CHECK(row(tenth, "hash").hi < 14 * kPeriod);
  CHECK(tenth.total.before == Approx(10 * kPeriod));
}

TEST_CASE("several profiles a side: the noise is that between them") {
  Side before, after;
  for (const int64_t count : {1000, 1200, 900}) before.add(cpu_profile({{"hash", count}}));
  for (const int64_t count : {1150, 950, 1250}) after.add(cpu_profile({{"hash", count}}));
  const Diff made = compare(before, after);
  CHECK(made.between_runs());
  CHECK_FALSE(row(made, "hash").is_real);
  CHECK(row(made, "hash").before == Approx(1033.333 * kPeriod).epsilon(1e-6));
}

TEST_CASE("of several profiles a side, a rare function's delay is told from noise by its contentions") {
  // A few delays of 1 ms each: those of `rare` differ by one or two, and `hot` has really doubled.
  Side before, after;
  const auto add = [](Side& side, int64_t hot, int64_t rare) {
    ProfileBuilder builder;
    builder.add_sample_type("contentions", "count");
    builder.add_sample_type("delay", "nanoseconds");
    for (const auto& [name, count] : {std::pair{"hot", hot}, {"rare", rare}, {"calm", int64_t{5000}}}) {
      Function function;
      function.name = builder.intern(name);
      Line line;
      line.function = builder.add_function(function);
      const uint32_t stack[] = {builder.add_location({}, std::span(&line, 1))};
      const int64_t values[] = {count, count * 1'000'000};
      builder.add_sample(stack, values);
    }
    side.add(std::move(builder).finish(), "delay");
  };
  for (const int64_t hot : {490, 510}) add(before, hot, 3);
  for (const int64_t hot : {1020, 980}) add(after, hot, 6);
  const Diff made = compare(before, after);
  CHECK(row(made, "hot").is_real);
  CHECK_FALSE(row(made, "rare").is_real);
}

TEST_CASE("what cannot be compared is said") {
  Side cpu, samples;
  cpu.add(cpu_profile({{"hash", 100}}));
  samples.add(cpu_profile({{"hash", 100}}), "samples");
  CHECK_THAT(diff(cpu.views, samples.views, {}).error().message(), Contains("cannot compare cpu"));
  ProfileBuilder builder;
  builder.add_sample_type("requests", "count");
  Side other;
  other.add(std::move(builder).finish());
  CHECK_THAT(diff(other.views, other.views, {}).error().message(), Contains("several profiles a side"));
}

TEST_CASE("every format has every row, whatever is in a name") {
  Side before, after;
  before.add(cpu_profile({{"a|b\"c,d\xff", 100}, {"sort", 500}}));
  after.add(cpu_profile({{"a|b\"c,d\xff", 300}, {"sort", 500}}));
  const Diff made = compare(before, after);
  CHECK_THAT(print_as(made, "text"), Contains("* a|b") && Contains("~ sort"));
  CHECK_THAT(print_as(made, "text", {1}), Contains("showing 1") && !Contains("sort"));
  CHECK_THAT(print_as(made, "markdown"), Contains("**`a\\|b") && Contains("| `sort` |"));
  CHECK_THAT(print_as(made, "csv"), Contains("\"a|b\"\"c,d"));
  const auto json = nlohmann::json::parse(print_as(made, "json"));
  CHECK(json["version"] == 1);
  CHECK(json["functions"].size() == 2);
  CHECK(json["functions"][0]["differs"] == true);
  CHECK(json["functions"][0]["delta"] == 200.0 * kPeriod);
}
