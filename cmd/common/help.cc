#include "cmd/common/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

namespace prof::cmd {
namespace {

// The parser's type of a value: its name, and what a check adds behind a colon, "INT in [1 - 100]".
std::pair<std::string, std::string> type_and_check(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const std::string type = option.get_type_name();
  const size_t colon = type.find(':');
  return {type.substr(0, colon), colon == std::string::npos ? "" : type.substr(colon + 1)};
}

// "1 to 100" of a check's "INT in [1 - 100]"; "" of any other.
std::string range_of(const std::string& check) {
  constexpr std::string_view kIn = " in [", kTo = " - ";
  const size_t in = check.find(kIn), to = check.find(kTo, in);
  if (to == std::string::npos || !check.ends_with(']')) return "";
  const size_t low = in + kIn.size(), high = to + kTo.size();
  return check.substr(low, to - low) + " to " + check.substr(high, check.size() - 1 - high);
}

class Formatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? CLI::Formatter::make_option_name(option, true) : typed_names(*option);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) return option->get_items_expected_max() > 1 ? " ..." : "";
    const std::string name = value_name(*option);
    return name.empty() ? "" : " " + name;
  }
  std::string make_option_desc(const CLI::Option* option) const override { return explanation(*option); }
};

constexpr size_t kTerminal = 80;  // columns

// Where what a line goes on with begins: behind the name of a flag and the gap after it.
size_t indent_of(const std::string& line) {
  const size_t name = std::min(line.find_first_not_of(' '), line.size());
  const size_t gap = line.find("  ", name);
  return gap == std::string::npos ? name : std::min(line.find_first_not_of(' ', gap), line.size());
}

}  // namespace

std::string wrapped(const std::string& help) {
  std::string out;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() && (out.empty() || out.ends_with("\n\n"))) continue;
    const size_t indent = indent_of(line);
    while (line.size() > kTerminal) {
      size_t end = line.rfind(' ', kTerminal), next = end + 1;
      if (end == std::string::npos || end <= indent) {  // a list without spaces
        end = next = line.find_last_of(",]", kTerminal - 1) + 1;
        if (next <= indent) break;
      }
      out += line.substr(0, end) + "\n";
      line = std::string(indent, ' ') + line.substr(next);
    }
    out += line + "\n";
  }
  return out;
}

std::string typed_names(const CLI::Option& option) {
  std::string names = option.get_name(false, true);
  for (size_t at; (at = names.find('{')) != std::string::npos;) {
    names.erase(at, names.find('}', at) - at + 1);
  }
  return names;
}

std::string value_name(const CLI::Option& option) {
  const std::string type = type_and_check(option).first;
  const bool is_number = type == "INT" || type == "UINT" || type == "FLOAT";
  return is_number ? "N" : type;
}

std::string explanation(const CLI::Option& option) {
  const std::string range = range_of(type_and_check(option).second);
  const std::string preset = option.get_default_str();
  const std::string separator = range.empty() || preset.empty() ? "" : ", ";
  const std::string value = range + separator + (preset.empty() ? "" : "default " + preset);
  return option.get_description() + (value.empty() ? "" : fmt::format(" ({})", value));
}

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<Formatter>(); }

}  // namespace prof::cmd
