// Writes a large synthetic CPU profile for `make bench`: usage: make_profile SAMPLES FUNCTIONS > big.prof
// Stacks of 10 to 49 frames walk a fixed random call graph in which each function has three addresses and up
// to four callees, so that stacks share their roots as real ones do. The same arguments give the same bytes.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "libprof/profile/codec.h"
#include "libprof/profile/profile.h"

namespace {

constexpr int kAddresses = 3;

struct Walk {
  Walk(int functions, std::mt19937_64& rng) : callees(functions) {
    for (auto& list : callees) {
      for (uint64_t n = 1 + rng() % 4; n > 0; n--) list.push_back(static_cast<int>(rng() % functions));
    }
  }
  std::vector<std::vector<int>> callees;
};

}  // namespace

int main(int argc, char** argv) {
  const int samples = argc == 3 ? std::atoi(argv[1]) : 0, functions = argc == 3 ? std::atoi(argv[2]) : 0;
  if (samples < 1 || functions < 16)
    return std::fprintf(stderr, "usage: make_profile SAMPLES FUNCTIONS\n"), 2;
  std::mt19937_64 rng(1);
  const Walk graph(functions, rng);

  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  builder.add_sample_type("cpu", "nanoseconds");
  prof::Mapping mapping;
  mapping.start = 0x400000;
  mapping.limit = 0x40000000;
  mapping.file = builder.intern("/usr/bin/app");
  mapping.has_functions = mapping.has_filenames = mapping.has_line_numbers = true;
  const uint32_t binary = builder.add_mapping(mapping);
  for (int f = 0; f < functions; f++) {
    prof::Function function;
    function.name = builder.intern("app::Module" + std::to_string(f % 500) + "<long>::step_" +
                                   std::to_string(f) + "(std::vector<long> const&)");
    function.system_name = function.name;
    function.filename = builder.intern("/src/module" + std::to_string(f % 700) + ".cc");
    const uint32_t index = builder.add_function(function);
    for (int k = 0; k < kAddresses; k++) {
      prof::Location location;
      location.mapping = binary;
      location.address = 0x400000 + static_cast<uint64_t>(f) * 64 + static_cast<uint64_t>(k) * 16;
      const prof::Line line{index, 10 + k, 0};
      builder.add_location(location, {&line, 1});
    }
  }
  for (int i = 0; i < samples; i++) {
    const uint64_t depth = 10 + rng() % 40;
    std::vector<uint32_t> stack(depth);
    int at = static_cast<int>(rng() % 16);
    for (uint64_t d = depth; d-- > 0; at = graph.callees[at][rng() % graph.callees[at].size()]) {
      stack[d] = static_cast<uint32_t>(at * kAddresses + rng() % kAddresses);
    }
    const int64_t count = static_cast<int64_t>(1 + rng() % 5);
    const int64_t values[] = {count, count * 10'000'000};
    builder.add_sample(stack, values);
  }
  builder.header().period_type = {builder.intern("cpu"), builder.intern("nanoseconds")};
  builder.header().period = 10'000'000;
  builder.header().duration_ns = 10'000'000'000;
  const std::string bytes = prof::encode_profile(std::move(builder).finish());
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}
