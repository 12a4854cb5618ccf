#include "libprof/profile/folded.h"

#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

// Each sample as "leaf<caller<root=values".
std::string stacks(const Profile& p) {
  std::string all;
  for (size_t i = 0; i < p.sample_count(); i++) {
    for (const uint32_t l : p.stack(i)) {
      all.append(p.string(p.functions()[p.lines(p.locations()[l])[0].function].name)).append("<");
    }
    all.back() = '=';
    for (const int64_t value : p.values(i)) all += std::to_string(value) + " ";
    all.back() = '\n';
  }
  return all;
}

}  // namespace

TEST_CASE("folded stacks") {
  const auto profile = decode_profile(
      std::string_view("# comment\n\nmain;parse;read_[k] 17\nmain;a b;c<int, 2> 5\r\nmain 4\n"));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "read_[k]<parse<main=17\nc<int, 2><a b<main=5\nmain=4\n");
  CHECK(profile->locations().size() == 5);
  CHECK(profile->string(profile->sample_types()[0].type) == "samples");
}

TEST_CASE("text that is no folded stacks is told apart, and a bad line is named") {
  const struct {
    std::string_view text;
    const char* message;
  } cases[] = {
      {"buy milk\n", "it is text, not a pprof profile: `buy milk`"},
      {"bottles 99\n", "it is text, not a pprof profile"},
      {"main;f 1\nmain;g\n", "cannot read x: line 2 `main;g`: it is no folded stack"},
      {"main;f 1\nmain;g 99999999999999999999\n", "line 2"},
  };
  for (const auto& c : cases) {
    const auto profile = decode_profile(c.text, {"x", 0});
    REQUIRE_FALSE(profile);
    CHECK_THAT(profile.error().message(), Contains(c.message));
  }
}

TEST_CASE("what perf script prints") {
  const std::string text =
      "a b 10/11 [001] 5.000001:     250000 cpu-clock:pppH: \n"
      "\tffffffff81000010 do_syscall_64+0x10 ([kernel.kallsyms])\n"
      "\t    55d0 std::less<int>::f(int, int)+0x1b (/usr/bin/app)\n"
      "\t     100 [unknown] ([unknown])\n"
      "\n"
      "c 12  5.000002:          1 cpu-clock:pppH: \n"
      "\t    55d0 main+0x1 (/usr/bin/app)\n";
  const auto profile = decode_profile(std::string_view(text));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "do_syscall_64<std::less<int>::f(int, int)<[unknown]=1 250000\nmain=1 1\n");
  CHECK(profile->labels(0).size() == 3);
  CHECK(profile->string(profile->sample_types()[1].type) == "cpu");

  const auto real = decode_profile(test::read(test::testdata("perf/script.txt")), {"script", 0});
  REQUIRE(real);
  CHECK_THAT(stacks(*real), Contains("leaf<"));
}
