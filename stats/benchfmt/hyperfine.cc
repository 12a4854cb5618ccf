#include <cctype>
#include <map>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {
namespace {

enum class Parameters { kHidden, kAll };  // hidden: those that the command line does not show

// Whether `value` stands in `text` as more than a piece of a longer number or word: 1 not in v10, but in -j1.
bool shows(std::string_view text, std::string_view value) {
  if (value.empty()) return true;
  const auto goes_on = [](unsigned char a, unsigned char b) {
    return (std::isdigit(a) != 0 && std::isdigit(b) != 0) || (std::isalpha(a) != 0 && std::isalpha(b) != 0);
  };
  for (size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + 1)) {
    const size_t end = at + value.size();
    const bool is_whole = (at == 0 || !goes_on(text[at - 1], value.front())) &&
                          (end == text.size() || !goes_on(value.back(), text[end]));
    if (is_whole) return true;
  }
  return false;
}

// The command line already has the values of its parameters, unless it was named.
std::string name_of(const Json& entry, Parameters which) {
  const std::string command = text_of(member(entry, "command"));
  std::string name = command;
  const Json& parameters = member(entry, "parameters");
  if (command.empty() || !parameters.is_object()) return name;
  for (const auto& [key, value] : parameters.items()) {
    if (value.is_structured()) continue;  // hyperfine writes none
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (which == Parameters::kAll || !shows(command, text)) name += "/" + key + "=" + text;
  }
  return name;
}

// Where runs did not end with 0, which hyperfine measures under --ignore-failure: how many, and with what.
// Null is a signal.
std::string describe_failures(const Json& codes) {
  if (!codes.is_array()) return "";
  size_t failed = 0;
  Json first;
  for (const Json& code : codes) {
    if (code == 0) continue;
    if (failed++ == 0) first = code;
  }
  if (failed == 0) return "";
  return std::to_string(failed) + " of " + std::to_string(codes.size()) + " runs failed, the first " +
         (first.is_null() ? "by a signal" : "with exit code " + first.dump());
}

}  // namespace

bool is_hyperfine(std::string_view data) { return has_keys(data, {"results", "command", "mean"}); }

prof::Result<void> read_hyperfine(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "hyperfine's JSON");
  if (!document) return tl::unexpected(document.error());
  const Json& results = member(*document, "results");
  // A name that happens to contain the values (v10 of 1 and of 10) does not show them.
  std::map<std::string, size_t> uses;
  for (const Json& entry : results) uses[name_of(entry, Parameters::kHidden)]++;
  std::map<std::string, size_t> read;
  Emitter out(source);
  for (const Json& entry : results) {
    std::string name = name_of(entry, Parameters::kHidden);
    if (name.empty()) {
      entry_problem(source, *document, entry, "missing command");
      continue;
    }
    if (uses[name] > 1) name = name_of(entry, Parameters::kAll);
    if (read[name]++ == 1)
      entry_problem(source, *document, entry,
                    name + " is there more than once: taken as runs of one command");
    const Json &times = member(entry, "times"), &memory = member(entry, "memory_usage_byte");
    if (const std::string failures = describe_failures(member(entry, "exit_codes")); !failures.empty())
      source.note(name + ": " + failures + ": what they took is compared all the same");
    if (!times.is_array()) entry_problem(source, *document, entry, "missing times");
    for_each_number(times, "times", source, *document, entry, [&](double seconds, size_t i) {
      out.begin(name, 1);
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
