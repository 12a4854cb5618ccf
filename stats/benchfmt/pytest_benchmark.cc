#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {

bool is_pytest_benchmark(std::string_view data) { return has_keys(data, {"machine_info", "benchmarks"}); }

prof::Result<void> read_pytest_benchmark(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "pytest-benchmark's JSON");
  if (!document) return tl::unexpected(document.error());
  const Json& machine = member(*document, "machine_info");
  if (const std::string host = text_of(member(machine, "node")); !host.empty())
    source.config.set("host_name", host, false);
  Emitter out(source);
  for (const Json& entry : member(*document, "benchmarks")) {
    const std::string full = text_of(member(entry, "fullname"));
    const std::string name = full.empty() ? text_of(member(entry, "name")) : full;
    const Json &stats = member(entry, "stats"), &runs = member(stats, "data");
    if (name.empty() || !stats.is_object()) {
      entry_problem(source, *document, entry, "a benchmark without a name or stats is left out");
      continue;
    }
    if (runs.is_array() && !runs.empty()) {
      for_each_number(runs, "data", source, *document, entry, [&](double seconds, size_t) {
        out.begin(name);
        out.add(seconds, "sec/op");
        out.end();
      });
      continue;
    }
    const auto mean = number_of(member(stats, "mean")), deviation = number_of(member(stats, "stddev")),
               rounds = number_of(member(stats, "rounds"));
    if (!mean || !deviation || !rounds) {
      entry_problem(source, *document, entry, name + ": neither data, nor mean, stddev and rounds");
      continue;
    }
    out.begin(name);
    out.add(Moments{*mean, *deviation, *rounds}, "sec/op");
    out.end();
  }
  return {};
}

}  // namespace bench
