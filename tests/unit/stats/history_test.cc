// Change points: found where they are, rarely where there are none, and printed.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "stats/history/history.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

namespace {

std::vector<double> levels(std::initializer_list<std::pair<size_t, double>> parts, double noise,
                           std::mt19937& random) {
  std::vector<double> series;
  for (const auto& [length, level] : parts) {
    for (size_t i = 0; i < length; i++)
      series.push_back(level * std::lognormal_distribution<>(0, noise)(random));
  }
  return series;
}

// `hosts` are of the points, or none.
History history_of(const std::vector<double>& series, const HistoryOptions& options,
                   const std::vector<std::string>& hosts = {}) {
  UnitMetadata units;
  const auto builder = TableBuilder::make({}, units);
  for (size_t i = 0; i < series.size(); i++) {
    const std::string name = "c" + std::to_string(i);
    Source source{name, {}, units, **builder};
    source.config.set(".file", name, false);
    if (!hosts.empty()) source.config.set("host_name", hosts[i], false);
    REQUIRE(read_benchmarks(lines("A<b>", {series[i]}, "ns/op") + lines("C", {7}, "allocs/op"), source));
  }
  return find_history((*builder)->build({}), options);
}

}  // namespace

TEST_CASE("change points are found where they are") {
  std::mt19937 random(41);
  struct {
    std::initializer_list<std::pair<size_t, double>> parts;
    std::vector<size_t> expected;
  } const cases[] = {{{{12, 100}, {12, 110}}, {12}},
                     {{{20, 100}, {20, 120}, {20, 100}}, {20, 40}},
                     {{{32, 100}, {2, 150}}, {32}},
                     {{{30, 100}}, {}},
                     {{{5, 100}, {2, 200}}, {}}};  // too short for any
  for (const auto& c : cases) {
    const auto series = levels(c.parts, 0.01, random);
    std::vector<size_t> found;
    for (const ChangePoint& change : find_change_points(series, {})) {
      found.push_back(change.index);
      CHECK(change.p <= 0.01);
    }
    CAPTURE(series);
    CHECK(found == c.expected);
  }
  CHECK(find_change_points(std::vector<double>(40, 3), {}).empty());
  CHECK(find_change_points({}, {}).empty());
  // One odd point is no level.
  auto spike = levels({{30, 100}}, 0.01, random);
  spike[15] = 300;
  CHECK(find_change_points(spike, {}).empty());
  CHECK(points_for_change(0.01) == 10);
  CHECK(points_for_change(0.05) == 8);
}

TEST_CASE("the same seed gives the same changes") {
  std::mt19937 random(43);
  const auto series = levels({{15, 100}, {9, 102}}, 0.01, random);
  const auto first = find_change_points(series, {0.05, 9}), again = find_change_points(series, {0.05, 9});
  REQUIRE(first.size() == again.size());
  for (size_t i = 0; i < first.size(); i++) CHECK(first[i].p == again[i].p);
}

TEST_CASE("series that do not change are said to in at most alpha of cases", "[error-rates]") {
  // 600 series a distribution; at 5% the limit is 3.3 standard deviations above.
  constexpr int kSeries = 600;
  const std::pair<const char*, double (*)(std::mt19937&)> distributions[] = {
      {"normal", [](std::mt19937& r) { return 100 + std::normal_distribution<>()(r); }},
      {"heavy tails", [](std::mt19937& r) { return 100 + std::cauchy_distribution<>()(r); }},
      {"ties", [](std::mt19937& r) { return 100 + std::floor(3 * std::uniform_real_distribution<>()(r)); }},
      {"bimodal", [](std::mt19937& r) { return 100 + std::normal_distribution<>(r() % 2 * 10.0)(r); }}};
  std::string table;
  for (const auto& [name, draw] : distributions) {
    std::mt19937 random(47);
    int alarms = 0;
    for (uint64_t i = 0; i < kSeries; i++) {
      std::vector<double> series;
      for (int k = 0; k < 25; k++) series.push_back(draw(random));
      alarms += find_change_points(series, {0.05, i}).empty() ? 0 : 1;
    }
    table += std::string(name) + " " + std::to_string(100.0 * alarms / kSeries) + "%; ";
    CAPTURE(name, alarms);
    CHECK(alarms <= kSeries * 0.05 + 3.3 * std::sqrt(kSeries * 0.05 * 0.95));
    CHECK(alarms >= 1);  // and it is a test
  }
  SUCCEED("false alarms of series of 25 points at 5%: " << table);
}

TEST_CASE("a change of three deviations in the middle of 30 points is found, and its place to 2 points") {
  std::mt19937 random(53);
  int found = 0;
  constexpr int kSeries = 100;
  for (int i = 0; i < kSeries; i++) {
    for (const ChangePoint& change : find_change_points(levels({{15, 100}, {15, 103}}, 0.01, random), {}))
      found += change.index >= 13 && change.index <= 17 ? 1 : 0;
  }
  CHECK(found >= 0.95 * kSeries);
}

// The documentation named a fifth of the series as the limit, and twice that is missed.
TEST_CASE("how long a rise must be that is taken back, for bisection to see it") {
  std::mt19937 random(57);
  constexpr int kSeries = 100;
  const auto found = [&](size_t all, size_t risen) {
    int count = 0;
    for (int i = 0; i < kSeries; i++) {
      const size_t before = (all - risen) / 2;
      const auto series = levels({{before, 100}, {risen, 110}, {all - risen - before, 100}}, 0.01, random);
      count += find_change_points(series, {}).size() >= 2 ? 1 : 0;
    }
    return count;
  };
  const int third = found(24, 8), half = found(24, 12), quarter = found(60, 15), long_third = found(60, 20);
  CAPTURE(third, half, quarter, long_third);
  CHECK(third == 0);
  CHECK(half < 0.4 * kSeries);
  CHECK(quarter > 0.3 * kSeries);
  CHECK(long_third > 0.95 * kSeries);
}

TEST_CASE("a history says what changed, from which commit on, and whether that is new") {
  std::mt19937 random(59);
  const auto series = levels({{18, 100}, {4, 110}}, 0.004, random);
  const History history = history_of(series, {});
  REQUIRE(history.series.size() == 2);
  CHECK(history.changed() == 1);
  CHECK(newly_regressed(history.series[0], {}));
  HistoryOptions last;
  last.newest = 3;
  CHECK_FALSE(newly_regressed(history.series[0], last));
  const std::string text = render_history_text(history, {});
  CHECK_THAT(text,
             Catch::StartsWith("1 regression (1 new) in 2 series of up to 22 points\n  regressed  A<b>  "
                               "sec/op 100.0n to 1") ||
                 Catch::Contains("regressed  A<b>  sec/op"));
  CHECK_THAT(text, Catch::Contains("from c18 on, after c17; new\n"));
  CHECK_THAT(render_history_csv(history, {}), Catch::Contains("\n,A<b>,sec/op,c18,c17,22,"));
  const auto json = nlohmann::json::parse(render_history_json(history, {}));
  CHECK(json["schema"] == "benchcmp-history/1");
  CHECK(json["series"][0]["changes"][0]["column"] == 18);
  CHECK(json["series"][1]["changes"].empty());
  const std::string html = render_history_html(history, {});
  CHECK_THAT(html, Catch::Contains("A&lt;b&gt;") && !Catch::Contains("A<b>") && !Catch::Contains("http"));
  size_t dots = 0;
  for (size_t at = html.find("<circle"); at != std::string::npos; at = html.find("<circle", at + 1)) dots++;
  CHECK(dots == 44);
  std::vector<double> exact(24, 50);
  std::fill(exact.begin() + 12, exact.end(), 55);
  HistoryOptions ten_percent;
  ten_percent.threshold = 0.1;
  CHECK(history_of(exact, ten_percent).changed() == 1);
  HistoryOptions large;
  large.threshold = 0.5;
  CHECK(history_of(series, large).changed() == 0);
}

// A move to a slower host was a regression without a word.
TEST_CASE("a change names the host that changed with it, and none of hosted runners") {
  std::mt19937 random(61);
  const auto series = levels({{12, 100}, {12, 200}, {12, 400}}, 0.004, random);
  const auto hosts = [&](auto host_of) {
    std::vector<std::string> all;
    for (size_t i = 0; i < series.size(); i++) all.push_back(host_of(i));
    return history_of(series, {}, all);
  };
  const History moved = hosts([](size_t i) { return i / 12 == 1 ? "b<" : "a"; });
  REQUIRE(moved.series[0].changes.size() == 2);
  const std::string there =
      "; the machine changed there too, host_name from a to b<: --table ...,host_name sets them apart\n";
  const std::string back =
      "; the machine changed there too, host_name from b< to a: --table ...,host_name sets them apart\n";
  CHECK_THAT(render_history_text(moved, {}), Catch::Contains(there) && Catch::Contains(back));
  CHECK_THAT(render_history_html(moved, {}), Catch::Contains("host_name from a to b&lt;: --table"));
  const auto json = nlohmann::json::parse(render_history_json(moved, {}));
  CHECK(json["series"][0]["changes"][0]["machine"] == nlohmann::json{{"host_name", {"a", "b<"}}});

  const auto is_silent = [](const History& history) {
    return history.changed() == 1 && render_history_text(history, {}).find("machine") == std::string::npos &&
           nlohmann::json::parse(render_history_json(history, {}))["series"][0]["changes"][0]["machine"]
               .empty();
  };
  CHECK(is_silent(hosts([](size_t i) { return "runner-" + std::to_string(i); })));
  CHECK(is_silent(hosts([](size_t) { return "a"; })));
  CHECK(is_silent(hosts([](size_t i) { return i / 13 == 1 ? "b" : "a"; })));  // not where it got slower
  CHECK(is_silent(history_of(series, {})));
}
