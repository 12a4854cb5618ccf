// `disasm` and `weblist`, of this very program.
#include <catch2/catch.hpp>

#include <exception>
#include <fstream>
#include <sstream>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

extern "C" __attribute__((noinline)) int profiled_function(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += i % 7 == 3 ? i * sum : i ^ sum;
  return sum;
}

extern "C" __attribute__((noinline)) int calling_function(int n) {
  if (n < 0) std::terminate();
  return n;
}

namespace {

// 30 ms in a function of this file, 10 of them at its first instruction.
prof::Profile profile_of_this(int (*code)(int) = profiled_function,
                              const char* called = "profiled_function") {
  prof::ProfileBuilder builder;
  builder.add_sample_type("cpu", "nanoseconds");
  const auto address = reinterpret_cast<uint64_t>(code);
  prof::Mapping mapping;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long start = 0, limit = 0, offset = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx", &start, &limit, &offset) != 3) continue;
    if (address < start || address >= limit) continue;
    mapping.start = start;
    mapping.limit = limit;
    mapping.offset = offset;
    mapping.file = builder.intern(line.substr(line.find('/')));
  }
  const uint32_t m = builder.add_mapping(mapping);
  const prof::StringId name = builder.intern(called);
  const uint32_t function =
      builder.add_function({0, name, name, builder.intern(source("tests/e2e/reports/disasm_test.cc")), 16});
  for (const uint64_t offset : {0, 3}) {
    const prof::Line line{function, offset == 0 ? 16 : 17, 0};
    const uint32_t location =
        builder.add_location({0, m, address + offset, 0, 0, false}, std::span<const prof::Line>(&line, 1));
    const int64_t values[] = {offset == 0 ? 10'000'000 : 20'000'000};
    builder.add_sample(std::span<const uint32_t>(&location, 1), values);
  }
  return std::move(builder).finish();
}

// Without what differs between disassemblers: the text of instructions.
std::string costs(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(std::string(60, ' '))) continue;  // the place of a long one
    const size_t colon = line.find(": ");
    out += (colon == 32 ? line.substr(0, colon) : line) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("disasm shows what each instruction costs, as go tool pprof lays it out") {
  REQUIRE(profiled_function(10) != 1);
  TempDir directory;
  const std::string profile = directory.file("this.prof");
  write(profile, prof::encode_profile(profile_of_this()));
  const std::string att = run({tool("prof"), "disasm", "^profiled_function$", profile}).out;
  CHECK_THAT(
      att, Contains("ROUTINE ======================== profiled_function\n      30ms       30ms (flat, cum)"));
  CHECK_THAT(att, Contains("      10ms       10ms") && Contains("      20ms       20ms"));
  CHECK_THAT(att, Contains("%e") && Contains("disasm_test.cc:") && Contains("ret"));
  const std::string intel =
      run({tool("prof"), "disasm", "--intel_syntax", "^profiled_function$", profile}).out;
  CHECK_THAT(intel, Contains("10ms") && !Contains("%e"));
  const std::string by_part = run({tool("prof"), "disasm", "profiled_func", profile}).out;
  CHECK(by_part == att);
  CHECK_THAT(run({tool("prof"), "disasm", "--format=csv", "profiled_function", profile}).out,
             Contains("flat_nanoseconds,cum_nanoseconds,address,instruction,function,file,line"));
  const auto none = run({tool("prof"), "disasm", "nowhere", profile});
  CHECK(none.code == 1);
  CHECK_THAT(none.err, Contains("no function with samples matches 'nowhere'"));
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  const auto theirs =
      run({"go", "tool", "pprof", "-symbolize=none", "-disasm=profiled_function", profile}).out;
  INFO(theirs);
  INFO(att);
  CHECK(theirs.size() > 500);
  CHECK(costs(att).starts_with(costs(theirs)));  // it leaves out a last instruction of one byte
}

TEST_CASE("a function that the profile alone names has no code at hand: `top` was said to list others") {
  TempDir directory;
  const std::string profile = directory.file("this.prof");
  write(profile, prof::encode_profile(profile_of_this(profiled_function, "made_at_run_time")));
  const auto outcome = run({tool("prof"), "disasm", "made_at_run", profile});
  CHECK(outcome.code == 1);
  CHECK(outcome.err ==
        "prof: there is no code at hand for 'made_at_run'; it is in no file, or in none whose symbol table "
        "has it\n");
}

TEST_CASE("calls of other files' functions are named; they were _init+0x60, which has no size") {
  REQUIRE(calling_function(1) == 1);
  TempDir directory;
  const std::string profile = directory.file("this.prof");
  write(profile, prof::encode_profile(profile_of_this(calling_function, "calling_function")));
  CHECK_THAT(run({tool("prof"), "disasm", "calling_function", profile}).out,
             Contains("<std::terminate@plt>"));
}

TEST_CASE("weblist is a page with lines, and instructions behind them") {
  TempDir directory;
  const std::string profile = directory.file("this.prof"), page = directory.file("page.html");
  write(profile, prof::encode_profile(profile_of_this()));
  const Outcome outcome = run({tool("prof"), "weblist", "-o", page, "profiled_function", profile});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "Generating report in " + page + "\n");
  const std::string html = read(page);
  CHECK_THAT(html,
             Contains("<h2>profiled_function</h2>") && Contains("i % 7 == 3") && Contains("class=\"asm\""));
  CHECK_THAT(html, Contains("30ms"));
  CHECK(html.find("<script src") == std::string::npos);
  CHECK(html.find("<link") == std::string::npos);
}
