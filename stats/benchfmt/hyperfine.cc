#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {

bool is_hyperfine(std::string_view data) { return has_keys(data, {"results", "command", "mean"}); }

prof::Result<void> read_hyperfine(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "hyperfine's JSON");
  if (!document) return tl::unexpected(document.error());
  Emitter out(source);
  for (const Json& entry : member(*document, "results")) {
    std::string name = text_of(member(entry, "command"));
    if (name.empty()) {
      entry_problem(source, *document, entry, "missing command");
      continue;
    }
    // The command line already has the values of its parameters, unless it was named.
    if (const Json& parameters = member(entry, "parameters"); parameters.is_object()) {
      for (const auto& [key, value] : parameters.items()) {
        if (value.is_structured()) continue;  // hyperfine writes none
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (name.find(text) == std::string::npos) name += "/" + key + "=" + text;
      }
    }
    const Json &times = member(entry, "times"), &memory = member(entry, "memory_usage_byte");
    if (!times.is_array()) entry_problem(source, *document, entry, "missing times");
    for_each_number(times, "times", source, *document, entry, [&](double seconds, size_t i) {
      out.begin(name);
      out.add(seconds, "sec/op");
      if (memory.is_array() && i < memory.size()) {
        if (const auto bytes = number_of(memory[i])) out.add(*bytes, "peak-B");
      }
      out.end();
    });
  }
  return {};
}

}  // namespace bench
