#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {

bool is_pyperf(std::string_view data) {
  return has_keys(data, {"benchmarks", "runs", "values", "metadata", "version"});
}

// Metadata of a benchmark wins over that of its runs, and both over that of the file.
prof::Result<void> read_pyperf(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "pyperf's JSON");
  if (!document) return tl::unexpected(document.error());
  Emitter out(source);
  for (const Json& benchmark : member(*document, "benchmarks")) {
    std::string name, unit;
    const auto take = [&](const Json& metadata) {
      if (name.empty()) name = text_of(member(metadata, "name"));
      if (unit.empty()) unit = text_of(member(metadata, "unit"));
    };
    take(member(benchmark, "metadata"));
    for (const Json& run : member(benchmark, "runs")) take(member(run, "metadata"));
    take(member(*document, "metadata"));
    if (name.empty()) {
      entry_problem(source, *document, benchmark, "a benchmark without a name is left out");
      continue;
    }
    const std::string tidied = unit.empty() || unit == "second" ? "sec/op"
                               : unit == "byte"                 ? "B/op"
                                                                : unit + "/op";
    for (const Json& run : member(benchmark, "runs")) {
      for_each_number(member(run, "values"), "values", source, *document, run, [&](double value, size_t) {
        out.begin(name);
        out.add(value, tidied);
        out.end();
      });
    }
  }
  return {};
}

}  // namespace bench
