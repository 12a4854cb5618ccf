#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {

bool is_pyperf(std::string_view data) {
  return has_keys(data, {"benchmarks", "runs", "values", "metadata", "version"});
}

// Metadata of a benchmark wins over that of its runs, and both over that of the file. A run is a process:
// `run` is its number.
prof::Result<void> read_pyperf(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "pyperf's JSON");
  if (!document) return tl::unexpected(document.error());
  Emitter out(source);
  bool shares_runs = false;  // some values are of one process
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
    size_t number = 0;
    for (const Json& run : member(benchmark, "runs")) {
      const Json& values = member(run, "values");
      source.config.set("run", std::to_string(++number), false);
      shares_runs |= values.is_array() && values.size() > 1;
      for_each_number(values, "values", source, *document, run, [&](double value, size_t) {
        out.begin(name);
        out.add(value, tidied);
        out.end();
      });
    }
    source.config.erase("run");
  }
  if (shares_runs)
    source.note("values of one process are not independent of each other: --run-key run makes one of them");
  return {};
}

}  // namespace bench
