// The grammars of filters and projections on any text: what parses prints as something that parses to the
// same.
#include <cstdint>
#include <cstdlib>

#include "stats/benchproc/projection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = bench::parse_filter(text);
  if (tree) {
    const std::string printed = tree->to_string();
    const auto again = bench::parse_filter(printed);
    if (!again || again->to_string() != printed) std::abort();
  } else if (tree.error().offset > size) {
    std::abort();
  }

  auto filter = bench::Filter::parse(text);
  if (!filter) filter = bench::Filter::parse("*");
  bench::Symbols symbols;
  bench::ProjectionGroup group(symbols);
  const auto projection = group.parse(text, *filter);
  const auto residue = group.residue();
  bench::Configuration config;
  config.set("goos", "linux", true);
  config.set("pkg", "p", true);
  for (const std::string_view name : {"A", "A/size=1/b-8", "/", "-1"}) {
    bench::Result result{name, 1, {{1, "sec/op", "ns/op"}, {2, "B/op", "B/op"}}, &config};
    (void)filter->match(result);
    if (projection) (void)(*projection)->project(result);
    (void)residue->project(result);
  }
  return 0;
}
