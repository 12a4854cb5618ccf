// The noise floor: from identical runs, through its file, to the gate.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "stats/gate/noise.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

namespace {

// What a process measures: its own level, and runs around it.
std::string process(double level, std::mt19937& random) {
  std::vector<double> values;
  for (int i = 0; i < 10; i++) values.push_back(level * std::lognormal_distribution<>(0, 0.002)(random));
  return "cpu: a\n" + lines("A", values, "ns/op") + lines("A", std::vector<double>(10, 7), "allocs/op");
}

Noise calibrated(int inputs, std::mt19937& random, double deviation = 0.02) {
  std::vector<Side> sides;
  for (int i = 0; i < inputs; i++)
    sides.push_back(
        {std::to_string(i), process(1000 * std::lognormal_distribution<>(0, deviation)(random), random)});
  Judged judged;
  judged.run(sides);
  return measure_noise(judged.tables);
}

}  // namespace

TEST_CASE("the floor is the largest shift of few pairs, of both directions, and counts have none") {
  Judged judged;
  judged.run({{"a", lines("A", around(100, 10, 0.01), "ns/op")},
              {"b", lines("A", around(90, 10, 0.01), "ns/op")},
              {"c", lines("A", around(95, 10, 0.01), "ns/op")}});
  const Noise noise = measure_noise(judged.tables);
  REQUIRE(noise.floors.size() == 1);
  CHECK(noise.floor_of("A", "sec/op") == Approx(100.0 / 90 - 1).epsilon(1e-3));
  CHECK(noise.floors.begin()->second.pairs == 3);
  CHECK(noise.floor_of("B", "sec/op") == 0);
}

// The floor was the largest shift, and the gate compared the change of the medians with it.
TEST_CASE("inputs of a calibration do not regress against their own floor") {
  std::mt19937 random(43);
  for (int round = 0; round < 100; round++) {
    std::vector<Side> sides;
    for (int i = 0; i < 5; i++)
      sides.push_back(
          {std::to_string(i), process(1000 * std::lognormal_distribution<>(0, 0.02)(random), random)});
    Judged judged;
    judged.run(sides);
    judged.policy.noise = measure_noise(judged.tables);
    for (const Side& before : sides) {
      for (const Side& after : sides) {
        if (before.name == after.name) continue;
        judged.run({before, after});
        CHECK(judged.verdict.failing() == 0);
        CHECK(judged.verdict.count(Outcome::kImproved) == 0);
      }
    }
  }
}

// Every comparison with it warned that no noise floor was known.
TEST_CASE("a benchmark that was calibrated and never varied has a floor of 0") {
  Judged judged;
  const Side sides[] = {
      {"a", lines("A", {7, 7}, "ns/op") + lines("B", {0}, "ns/op") + lines("A", {7}, "allocs/op")},
      {"b", lines("A", {7}, "ns/op") + lines("B", {0}, "ns/op") + lines("A", {7}, "allocs/op")}};
  judged.run({sides[0], sides[1]});
  const Noise noise = measure_noise(judged.tables);
  CHECK(noise.floors.size() == 2);
  judged.policy.noise = noise;
  judged.verdict = judge(judged.tables, judged.policy, judged.options, "2026-06-15");
  CHECK(judged.words().find("no noise floor is known") == std::string::npos);
}

// JSON has U+FFFD for such bytes, and their floors were not found.
TEST_CASE("a benchmark whose name is no UTF-8 has the floor that was calibrated") {
  const auto text = [](double level) {
    return "cpu: \xE9\n" + lines("Caf\xE9\xF0\x9F", around(level, 10, 0.01), "\xB5s/op");
  };
  Judged judged;
  judged.run({{"a", text(100)}, {"b", text(110)}});
  const auto noise = parse_noise(write_noise(measure_noise(judged.tables)), "f");
  REQUIRE(noise);
  CHECK(noise->floor_of("Caf\xE9\xF0\x9F", "\xB5s/op") == Approx(0.1).epsilon(1e-3));
  judged.policy.noise = *noise;
  judged.run({{"a", text(100)}, {"b", text(110)}});
  CHECK(judged.words().find("no noise floor is known") == std::string::npos);
  CHECK(judged.words().find("another machine") == std::string::npos);
}

TEST_CASE("a noise file is read as it was written, and says what is wrong with it") {
  std::mt19937 random(31);
  const Noise noise = calibrated(4, random);
  CHECK(noise.floors.size() == 1);
  const std::string text = write_noise(noise);
  const auto read = parse_noise(text, "f");
  REQUIRE(read);
  CHECK(read->floor_of("A", "sec/op") == noise.floor_of("A", "sec/op"));
  CHECK(read->machine == noise.machine);
  CHECK(write_noise(*read) == text);
  const std::pair<const char*, const char*> bad[] = {
      {"", "not JSON"},
      {"[]", "not JSON"},
      {"{}", "schema"},
      {R"({"schema": "benchcmp-noise/2"})", "schema"},
      {R"({"schema": "benchcmp-noise/1"})", "array of floors"},
      {R"({"schema": "benchcmp-noise/1", "floors": [1]})", "entry 1"},
      {R"({"schema": "benchcmp-noise/1", "floors": [{"row": "A", "unit": "B", "floor": -1}]})", "entry 1"}};
  for (const auto& [data, why] : bad) {
    CAPTURE(data);
    const auto failed = parse_noise(data, "f");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find(why) != std::string::npos);
  }
}

TEST_CASE("another machine and benchmarks without a floor are warned about") {
  Noise noise;
  noise.machine["cpu"] = {"b"};
  noise.floors[{"B", "sec/op"}] = {0.1, 1};
  Judged judged;
  judged.policy.noise = noise;
  const std::string text = "cpu: a\n" + lines("A", around(100, 10, 0.1), "ns/op");
  judged.run({{"old", text}, {"new", text}});
  CHECK(judged.words().find("another machine: cpu was b, and is a") != std::string::npos);
  CHECK(judged.words().find("A sec/op: no noise floor is known") != std::string::npos);
}

TEST_CASE("processes that differ are regressions without a floor, and within it are not", "[error-rates]") {
  // Expected: what a simulation of 40,000 calibrations gives that draws levels alone. A percentile over very
  // many inputs would leave 2.5%, for half of what exceeds it is in the better direction; that of few is
  // mostly too low.
  struct Calibration {
    int inputs;
    double expected;
  };
  constexpr Calibration kCalibrations[] = {{5, 0.080}, {10, 0.049}, {20, 0.033}};
  std::mt19937 random(37);
  constexpr int kRounds = 1500;
  for (const auto& [inputs, expected] : kCalibrations) {
    int without = 0, with = 0, found = 0;
    for (int round = 0; round < kRounds; round++) {
      const Noise noise = calibrated(inputs, random);
      for (const double change : {1.0, 1.2}) {
        const auto level = [&] { return 1000 * std::lognormal_distribution<>(0, 0.02)(random); };
        const std::string before = process(level(), random), after = process(change * level(), random);
        for (const bool floor : {false, true}) {
          Judged judged;
          judged.policy.noise = floor ? std::optional(noise) : std::nullopt;
          judged.run({{"old", before}, {"new", after}});
          const bool failed = judged.verdict.failing() > 0;
          if (change == 1.0) (floor ? with : without) += failed ? 1 : 0;
          if (change != 1.0 && floor) found += failed ? 1 : 0;
        }
      }
    }
    CAPTURE(inputs, without, with, found);
    SUCCEED("A/A runs of two processes whose levels deviate by 2%: regressions "
            << 100.0 * without / kRounds << "% without a floor, " << 100.0 * with / kRounds
            << "% with one of " << inputs << " inputs; 20% slower is found in " << 100.0 * found / kRounds
            << "%");
    CHECK(without > 0.3 * kRounds);
    CHECK(std::fabs(with - expected * kRounds) <= 3.3 * std::sqrt(expected * (1 - expected) * kRounds));
    CHECK(found > 0.9 * kRounds);
  }
}
