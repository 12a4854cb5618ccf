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

TEST_CASE("several events of perf script were added up as the first one's") {
  const auto types = [](const Profile& p) {
    std::string all;
    for (const ValueType& type : p.sample_types())
      all.append(p.string(type.type)).append("/").append(p.string(type.unit)).append(" ");
    return all;
  };
  const auto profile =
      decode_profile(std::string_view("a 1/1 1.0: 1 page-faults: \n\t10 f+0x0 (/bin/x)\n\n"
                                      "a 1/1 1.1: 250000 cpu-clock:ppp: \n\t20 g+0x0 (/bin/x)\n\n"));
  REQUIRE(profile);
  CHECK(types(*profile) ==
        "samples:page-faults/count page-faults/count samples:cpu-clock/count cpu-clock/nanoseconds ");
  CHECK(stacks(*profile) == "f=1 1 0 0\ng=0 0 1 250000\n");
  CHECK(profile->string(profile->default_sample_type) == "page-faults");

  const auto alike =
      decode_profile(std::string_view("a 1/1 1.0: 2 cycles:u: \n\n a 1/1 1.1: 3 cycles:k: \n"));
  REQUIRE(alike);
  CHECK(types(*alike) == "samples:cycles:u/count cycles:u/count samples:cycles:k/count cycles:k/count ");

  std::string many;
  for (int i = 0; i <= 32; i++) many += "a 1/1 1.0: 1 event-" + std::to_string(i) + ": \n\n";
  const auto refused = decode_profile(std::string_view(many), {"x", 0});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), Contains("it has more than 32 events"));
}
