#include <utility>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {
namespace {

constexpr std::pair<const char*, const char*> kMeasures[] = {{"elapsed", "sec/op"},
                                                             {"cpucycles", "cycles/op"},
                                                             {"instructions", "instructions/op"},
                                                             {"contextswitches", "context-switches/op"},
                                                             {"pagefaults", "page-faults/op"},
                                                             {"branchinstructions", "branches/op"},
                                                             {"branchmisses", "branch-misses/op"}};

}  // namespace

bool is_nanobench(std::string_view data) { return has_keys(data, {"results", "measurements", "elapsed"}); }

prof::Result<void> read_nanobench(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "nanobench's JSON");
  if (!document) return tl::unexpected(document.error());
  Emitter out(source);
  for (const Json& entry : member(*document, "results")) {
    const std::string title = text_of(member(entry, "title")), own = text_of(member(entry, "name"));
    const std::string name = title.empty() || title == "benchmark" ? own : title + "/" + own;
    const double batch = number_of(member(entry, "batch")).value_or(1);
    if (own.empty() || !(batch > 0)) {
      entry_problem(source, *document, entry,
                    "a result without a name, or with a batch that is not > 0, is left out");
      continue;
    }
    for (const Json& run : member(entry, "measurements")) {
      const double iterations = number_of(member(run, "iterations")).value_or(1);
      if (!number_of(member(run, "elapsed"))) {
        entry_problem(source, *document, run, "missing elapsed");
        continue;
      }
      out.begin(name, iterations >= 1 && iterations < 9e18 ? static_cast<int64_t>(iterations) : 1);
      for (const auto& [key, unit] : kMeasures) {
        const auto value = number_of(member(run, key));
        // A counter that the machine does not have is 0.
        if (value && (*value != 0 || unit == kMeasures[0].second)) out.add(*value / batch, unit);
      }
      out.end();
    }
  }
  return {};
}

}  // namespace bench
