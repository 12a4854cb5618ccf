// Traces of more samples than a piece has.
#include "libprof/report/traces.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace prof::report;

TEST_CASE("paths of source files are whole in traces, as pprof's are: they were trimmed") {
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  const prof::StringId name = builder.intern("f"), file = builder.intern("/proc/self/cwd/foo/./a.cc");
  const prof::Line line{builder.add_function({0, name, name, file, 0}), 5, 0};
  const uint32_t location = builder.add_location({}, std::span<const prof::Line>(&line, 1));
  const int64_t value = 1;
  builder.add_sample(std::span<const uint32_t>(&location, 1), std::span<const int64_t>(&value, 1));
  const prof::Profile profile = std::move(builder).finish();
  for (const char* prefix : {"", "/proc/self/cwd/foo"}) {
    Options options;
    options.granularity = "lines";
    options.trim_path = prefix;
    const auto view = View::make(profile, options);
    REQUIRE(view);
    std::vector<std::string> names;
    for_each_trace(*view, [&](const Trace& trace) { names.emplace_back(trace.frames[0].name); });
    CHECK(names == std::vector<std::string>{"f /proc/self/cwd/foo/a.cc:5"});
  }
}

TEST_CASE("traces come in the order of the samples, however many threads write them") {
  constexpr int64_t kSamples = 3000;
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  const prof::StringId main = builder.intern("main");
  const prof::Line line{builder.add_function({0, main, main, 0, 0}), 1, 0};
  const uint32_t location =
      builder.add_location({0, prof::kNoIndex, 0x10, 0, 0, false}, std::span<const prof::Line>(&line, 1));
  for (int64_t i = 1; i <= kSamples; i++) {
    builder.add_sample(std::span<const uint32_t>(&location, 1), std::span<const int64_t>(&i, 1));
  }
  const prof::Profile profile = std::move(builder).finish();
  const auto view = View::make(profile, {});
  REQUIRE(view);
  std::string text;
  print_traces(*view, [&](std::string_view piece) { text += piece; });
  std::istringstream lines(text);
  int64_t count = 0;
  for (std::string row; std::getline(lines, row);) {
    if (row.ends_with("   main")) CHECK(std::stoll(row) == ++count);
  }
  CHECK(count == kSamples);
}
