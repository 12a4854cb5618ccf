// Call graphs of more samples than one core is given.
#include "libprof/report/graph.h"

#include <catch2/catch.hpp>

using namespace prof::report;

TEST_CASE("edges add up over the parts of many samples, in the order of the first that has them") {
  constexpr size_t kSamples = 100'000;
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  std::vector<uint32_t> locations;
  for (const char* name : {"main", "often", "once", "last"}) {
    const prof::StringId id = builder.intern(name);
    const prof::Line line{builder.add_function({0, id, id, 0, 0}), 1, 0};
    locations.push_back(builder.add_location({0, prof::kNoIndex, 0x10 * (locations.size() + 1), 0, 0, false},
                                             std::span<const prof::Line>(&line, 1)));
  }
  const int64_t one = 1;
  const auto add = [&](const std::vector<uint32_t>& stack) {
    builder.add_sample(stack, std::span<const int64_t>(&one, 1));
  };
  add({locations[2], locations[0]});
  for (size_t i = 2; i < kSamples; i++) add({locations[1], locations[0]});
  add({locations[3], locations[1], locations[0]});
  const prof::Profile profile = std::move(builder).finish();
  const auto view = View::make(profile, {});
  REQUIRE(view);

  const Graph graph = make_graph(*view, Limits{}, Edges::kAll);
  std::vector<std::string> edges;
  for (const Edge& edge : graph.edges) {
    edges.push_back(graph.nodes.name(edge.from) + " > " + graph.nodes.name(edge.to) + " " +
                    std::to_string(edge.weight.value));
  }
  CHECK(edges == std::vector<std::string>{"main > once 1", "main > often 99999", "often > last 1"});
}
