#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "flamegraph/chart.h"
#include "flamegraph/folded.h"
#include "flamegraph/html.h"
#include "flamegraph/json.h"
#include "flamegraph/speedscope.h"
#include "flamegraph/svg.h"
#include "flamegraph/trace_events.h"
#include "tests/support/files.h"
#include "tests/unit/flamegraph/sample_profile.h"

using namespace prof;
using prof::test::folded_profile;
using prof::test::golden;
using prof::test::view_of;

namespace {

const char* const kStacks =
    "main;ns::Server<ns::Options, std::allocator<char> >::run(int);libz.so!inflate^inflate_fast 700000000\n"
    "main;ns::Server<ns::Options, std::allocator<char> >::run(int);libz.so!? 200000000\n"
    "main;ns::Server<ns::Options, std::allocator<char> >::run(int) 50000000\n"
    "main;tiny_one 1000\n"
    "main;tiny_two 1000\n";

// A profile whose every text tries to break out of the file it is written to.
const std::string kEvil =
    "</script><script>alert(1)</script>]]><img src=x onerror='alert(1)'>\"&\x01\xff{}\\";

Profile evil_profile() {
  ProfileBuilder builder;
  builder.add_sample_type(kEvil, kEvil);
  Mapping mapping;
  mapping.file = builder.intern(kEvil);
  Function function;
  function.name = function.filename = builder.intern(kEvil);
  Location location;
  location.mapping = builder.add_mapping(mapping);
  const Line line{builder.add_function(function), 1, 0};
  const uint32_t stack = builder.add_location(location, std::span(&line, 1));
  const int64_t value = 7;
  builder.add_sample(std::span(&stack, 1), std::span(&value, 1));
  builder.header().comments.push_back(builder.intern(kEvil));
  return std::move(builder).finish();
}

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) found++;
  return found;
}

flame::Chart chart_of(const Profile& profile, double min_fraction = 0) {
  flame::ChartOptions options;
  options.stack.min_fraction = min_fraction;
  return flame::make_chart(view_of(profile), options);
}

std::string folded_of(const Profile& profile) { return flame::to_folded(view_of(profile)); }

// The part of an SVG that depends on the profile: without styles and scripts.
std::string picture(std::string svg) {
  for (const auto& [open, close] : {std::pair{"<style>", "</style>"}, std::pair{"<script>", "</script>"}}) {
    const size_t begin = svg.find(open), end = svg.find(close);
    svg.erase(begin, end - begin + std::string(close).size());
  }
  return svg;
}

}  // namespace

TEST_CASE("folded stacks, speedscope's JSON and Perfetto's were whole in memory, many times the profile") {
  std::string stacks;
  for (int i = 0; i < 1000; i++) stacks += "main;work;step" + std::to_string(i) + " 1\n";
  const Profile profile = folded_profile(stacks);
  size_t all = 0, largest = 0;
  const auto count_parts = [&](std::string_view part) {
    all += part.size();
    largest = std::max(largest, part.size());
  };
  flame::write_folded(view_of(profile), count_parts);
  CHECK(all == stacks.size());
  CHECK(largest < 100);
  flame::write_speedscope(view_of(profile), "cpu.prof", count_parts);
  flame::write_trace_events(view_of(profile), "cpu.prof", count_parts);
  CHECK(largest < 1000);
}

TEST_CASE("small exports are as they were") {
  Profile profile = folded_profile(kStacks);
  profile.duration_ns = 2'000'000'000;
  profile.time_ns = 1'700'000'000'000'000'000;
  CHECK(golden("flamegraph/small.svg.txt", picture(flame::to_svg(chart_of(profile, 0.001)))) == "");
  CHECK(golden("flamegraph/small.json", flame::to_json(chart_of(profile, 0.001))) == "");
  CHECK(golden("flamegraph/small.folded", flame::to_folded(view_of(profile))) == "");
}

TEST_CASE("JSON holds what its header promises") {
  const auto json = nlohmann::json::parse(flame::to_json(chart_of(folded_profile("a;b -4\na;c^d 3"))));
  CHECK(json["nodes"]["depth"] == std::vector<int>{0, 1, 2, 2, 3});
  CHECK(json["nodes"]["self"] == std::vector<int>{0, 0, -4, 0, 3});
  CHECK(json["nodes"]["weight"] == std::vector<int>{0, 0, 4, 0, 3});
  CHECK(json["nodes"]["code"][0] == -1);
  CHECK(json["nodes"]["code"][4].get<int>() % 2 == 1);
  const size_t frame = json["nodes"]["code"][4].get<size_t>() / 2;
  CHECK(json["frames"][frame][0] == "d");
}

TEST_CASE("differences are coloured by direction and share: noise was as red as what doubled") {
  const std::string svg = flame::to_svg(
      chart_of(folded_profile("a;b -4\na;c 3\nd 5\nnoise 1009\nnoise -1000\nmore 156\nmore -100")));
  CHECK(count(svg, "class=\"n grew5\"") == 2);    // c, d
  CHECK(count(svg, "class=\"n shrank5\"") == 1);  // b
  CHECK(count(svg, "class=\"n shrank2\"") == 1);  // a: -1 of 7
  CHECK(count(svg, "class=\"n grew1\"") == 1);
  CHECK(count(svg, "class=\"n grew3\"") == 1);
  for (const char* name : {">gone<", ">shrank<", ">as before<", ">grew<", ">new<"})
    CHECK(count(svg, name) == 1);
  CHECK(count(flame::to_svg(chart_of(folded_profile("a;b 4"))), "\"n grew") == 0);
}

// Of the net of all, which may be next to nothing, a function had 314% where top said 28.57%.
TEST_CASE("shares in a difference are of the total that the reports take") {
  const flame::Chart chart = chart_of(folded_profile("main;new -44\nmain;b 40\nmain;c -40\nmain;gone 30"));
  CHECK(chart.facts[0] == "cpu net -14ns of 154ns");
  const std::string svg = flame::to_svg(chart);
  CHECK(count(svg, ">new\ntotal -44ns (28.57% of total), self -44ns (28.57%)") == 1);
  CHECK(count(svg, "of parent") == 0);
  CHECK(nlohmann::json::parse(flame::to_json(chart))["total"] == 154);
}

TEST_CASE("distinct stacks were called samples: 5 where the profile has 132") {
  const auto first_fact = [](std::vector<std::pair<const char*, const char*>> types,
                             std::vector<std::vector<int64_t>> stacks, const char* shown) {
    ProfileBuilder builder;
    for (const auto& [type, unit] : types) builder.add_sample_type(type, unit);
    for (const auto& values : stacks) builder.add_sample({}, values);
    const Profile profile = std::move(builder).finish();
    report::Options options;
    options.sample_index = shown;
    return flame::make_chart(view_of(profile, options), {}).facts[0];
  };
  CHECK(first_fact({{"samples", "count"}, {"cpu", "nanoseconds"}}, {{130, 650}, {2, 10}}, "cpu") ==
        "cpu 660ns in 132 samples");
  CHECK(first_fact({{"samples", "count"}, {"cpu", "nanoseconds"}}, {{1, 5}}, "cpu") == "cpu 5ns in 1 sample");
  CHECK(first_fact({{"samples", "count"}, {"cpu", "nanoseconds"}}, {{130, 650}}, "samples") == "samples 130");
  CHECK(first_fact({{"alloc_objects", "count"}, {"alloc_space", "bytes"}}, {{7, 70}}, "alloc_space") ==
        "alloc_space 70B");
  CHECK(first_fact({{"samples:a", "count"}, {"a", "count"}, {"samples:b", "count"}, {"b", "count"}},
                   {{1, 20, 3, 40}}, "b") == "b 40 in 3 samples");
}

TEST_CASE("texts of a profile stay texts in every export") {
  const Profile profile = evil_profile();
  flame::ChartOptions options;
  options.title = kEvil;
  const flame::Chart chart = flame::make_chart(view_of(profile), options);
  for (const std::string& file : {flame::to_svg(chart), flame::to_html(chart)}) {
    CHECK(count(file, "alert(1)") >= 3);
    CHECK(count(file, "<script>alert") == 0);
    CHECK(count(file, "<img") == 0);
    CHECK(file.find('\x01') == std::string::npos);
    CHECK(file.find('\xff') == std::string::npos);
  }
  CHECK(count(flame::to_svg(chart), "]]>") == 1);
  CHECK(count(flame::to_json(chart), "<") == 0);
  CHECK(nlohmann::json::parse(flame::to_json(chart))["notes"].size() == 1);
}

TEST_CASE("exports fetch nothing") {
  const flame::Chart chart = chart_of(folded_profile(kStacks));
  for (const std::string& file : {flame::to_svg(chart), flame::to_html(chart)}) {
    CHECK(count(file, "src=") == 0);
    CHECK(count(file, "@import") == 0);
    CHECK(count(file, "url(") == 0);
    // The only address is the name of the SVG vocabulary.
    CHECK(count(file, "://") == count(file, "http://www.w3.org/2000/svg"));
  }
}

TEST_CASE("an empty profile is a picture too") {
  const flame::Chart chart = chart_of(folded_profile(""));
  CHECK(flame::to_svg(chart).find("nan") == std::string::npos);
  CHECK(flame::to_svg(chart).find("all") != std::string::npos);
  CHECK(flame::to_html(chart).find("\"self\":[0]") != std::string::npos);
  CHECK(folded_of(folded_profile("")).empty());
}

TEST_CASE("folded stacks are merged, sorted and safe to split") {
  CHECK(folded_of(folded_profile("b;c 1\na 2\nb;c 3")) == "a 2\nb;c 4\n");
  ProfileBuilder builder;
  builder.add_sample_type("cpu", "count");
  Function function;
  function.name = builder.intern("with;semicolon\nand line");
  const Line line{builder.add_function(function), 1, 0};
  const uint32_t stack = builder.add_location({}, std::span(&line, 1));
  const int64_t value = 1;
  builder.add_sample(std::span(&stack, 1), std::span(&value, 1));
  CHECK(folded_of(std::move(builder).finish()) == "with:semicolon and line 1\n");
}
