#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"

namespace bench {

namespace {

// What the go command itself says on standard error stands among the objects where `2>&1` put it there.
bool is_of_go_command(std::string_view line) { return line.starts_with("go: ") || line.starts_with("# "); }

bool is_go_text(std::string_view line) {
  return line.starts_with("goos: ") || line.starts_with("pkg: ") || line.starts_with("Benchmark");
}

}  // namespace

bool is_go_test_json(std::string_view data) {
  data = data.substr(0, kLooked);  // downloads and compilers may have many lines in front
  while (!data.empty()) {
    const std::string_view line = data.substr(0, data.find('\n'));
    if (is_json(line)) return line.find("\"Action\"") != std::string_view::npos;
    if (is_go_text(line)) return false;
    data.remove_prefix(std::min(data.size(), line.size() + 1));
  }
  return false;
}

namespace {

// What a package printed, put together from pieces.
struct Output {
  std::string text;
  std::vector<size_t> lines;  // where in the file each line of the text begins

  void add(std::string_view piece, size_t number) {
    if (piece.empty()) return;
    if (text.empty() || text.back() == '\n') lines.push_back(number);
    lines.insert(lines.end(), static_cast<size_t>(std::count(piece.begin(), piece.end() - 1, '\n')), number);
    text += piece;
  }
};

}  // namespace

// go test runs packages side by side and cuts lines where a test wrote them: only all of a package's pieces
// make text.
prof::Result<void> read_go_test_json(std::string_view data, Source& source) {
  std::vector<std::string> order;
  std::map<std::string, Output> output;
  for (size_t number = 1; !data.empty(); number++) {
    const size_t end = data.find('\n');
    const std::string_view line = data.substr(0, end);
    data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || is_of_go_command(line)) continue;
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object()) {
      source.problem(number, "expected a JSON object of go test -json");
      continue;
    }
    const auto text = event.find("Output");
    if (text == event.end() || !text->is_string()) continue;
    const auto package = event.find("Package");
    const std::string name =
        package != event.end() && package->is_string() ? package->get<std::string>() : "";
    const auto [entry, added] = output.try_emplace(name);
    if (added) order.push_back(name);
    entry->second.add(text->get_ref<const std::string&>(), number);
  }
  for (const std::string& package : order) {
    const Output& printed = output[package];
    source.lines = &printed.lines;
    const auto done = read_go_text(printed.text, source);
    source.lines = nullptr;
    if (!done) return done;
  }
  return {};
}

}  // namespace bench
