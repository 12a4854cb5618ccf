// Names that a live service gives: what is asked, and which answers are taken.
#include "libprof/symbols/symbol_service.h"

#include <catch2/catch.hpp>

using namespace prof;
using symbols::SymbolService;

namespace {

// A sample each at 0x401000 and 0x402000 of "app", without names.
Profile nameless() {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  Mapping mapping;
  mapping.start = 0x400000;
  mapping.limit = 0x500000;
  mapping.file = builder.intern("app");
  const uint32_t app = builder.add_mapping(mapping);
  for (const uint64_t address : {0x402000, 0x401000}) {
    Location location;
    location.mapping = app;
    location.address = address;
    const uint32_t stack[] = {builder.add_location(location, {})};
    const int64_t values[] = {1};
    builder.add_sample(stack, values);
  }
  return std::move(builder).finish();
}

// The names of both, "-" where there is none, in the order of their addresses.
std::string names(const Profile& profile) {
  std::string all;
  for (const size_t location : {1, 0}) {
    const auto lines = profile.lines(profile.locations()[location]);
    if (!all.empty()) all += ' ';
    all += lines.empty() ? "-" : profile.string(profile.functions()[lines[0].function].name);
  }
  return all;
}

}  // namespace

TEST_CASE("a service's lines of address and name are taken, and nothing else") {
  const auto row = GENERATE(table<std::string, std::string>({
      {"0x401000 main\n0x402000 std::sort(int*, int*)\n", "main std::sort(int*, int*)"},
      {"num_symbols: 1\r\n0x402000\tlast, without a line end", "- last, without a line end"},
      {"0x401000 main\r\n", "main -"},
      {"0x401000 main\n0x401000 again\n", "again -"},
      {"0x403000 nobody asked\n", "- -"},
      {"401000 no prefix\n0x no digits\n0x401000\n0x401000 \n0x401000main\n", "- -"},
      {"0x11111111111401000 too long\n", "- -"},
      {"<html>\n<h1>404</h1>\n", "- -"},
      {"", "- -"},
  }));
  const std::string answer = std::get<0>(row), expected = std::get<1>(row);
  INFO(answer);
  const SymbolService services[] = {{"app", 0x400000, [&](const std::string&) { return answer; }}};
  Warnings warnings;
  const Profile named = symbols::ask_services(nameless(), services, false, warnings);
  CHECK(names(named) == expected);
  CHECK(named.mappings()[0].has_functions == (expected != "- -"));
  CHECK(warnings.empty());
}

TEST_CASE("a service is asked once for a mapping, for its own addresses, in order") {
  std::vector<std::string> asked;
  // It has the program 0x1000 higher than the profile, which a merge has moved.
  const SymbolService services[] = {{"other", 0, [](const std::string&) { return std::string("not asked"); }},
                                    {"app", 0x401000, [&](const std::string& addresses) {
                                       asked.push_back(addresses);
                                       return std::string("0x402000 main\n");
                                     }}};
  Warnings warnings;
  CHECK(names(symbols::ask_services(nameless(), services, false, warnings)) == "main -");
  CHECK(asked == std::vector<std::string>{"0x402000+0x403000"});
}

TEST_CASE("a service that fails is one warning, and the profile stays as it was") {
  const SymbolService services[] = {
      {"app", 0x400000, [](const std::string&) -> Result<std::string> { return fail("no answer"); }}};
  Warnings warnings;
  CHECK(names(symbols::ask_services(nameless(), services, false, warnings)) == "- -");
  CHECK(warnings == Warnings{"no symbols of the service: no answer"});
}
