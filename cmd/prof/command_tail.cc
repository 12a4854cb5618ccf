#include "cmd/prof/command_tail.h"

#include "cmd/prof/cli.h"

namespace prof::cmd {
namespace {

// Whether the option that `word` ends with has its value in the next word.
bool wants_next_word(const CLI::App& sub, const std::string& word) {
  const auto takes_value = [&](const std::string& name) {
    const CLI::Option* option = sub.get_option_no_throw(name);
    return option != nullptr && option->get_items_expected_min() > 0;
  };
  if (word.starts_with("--")) return word.find('=') == std::string::npos && takes_value(word);
  for (size_t i = 1; i < word.size(); i++) {  // "-qF": flags, then one that may take a value
    if (takes_value(std::string("-") + word[i])) return i + 1 == word.size();
  }
  return false;
}

}  // namespace

std::vector<std::string> cut_command_tail(const CLI::App& app, const std::string& name,
                                          std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] != name) return {};
  const CLI::App& sub = *app.get_subcommand(name);
  size_t end = 1;
  while (end < arguments.size() && arguments[end].size() > 1 && arguments[end][0] == '-' &&
         arguments[end] != "--") {
    double_dash(sub, arguments[end]);
    end += wants_next_word(sub, arguments[end]) ? 2 : 1;
  }
  end = std::min(end, arguments.size());
  const size_t begin = end < arguments.size() && arguments[end] == "--" ? end + 1 : end;
  std::vector<std::string> tail(arguments.begin() + static_cast<std::ptrdiff_t>(begin), arguments.end());
  arguments.resize(end);
  return tail;
}

}  // namespace prof::cmd
