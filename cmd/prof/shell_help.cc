#include "cmd/prof/shell_help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cmd/prof/report_commands.h"

namespace prof::cmd {
namespace {

constexpr const char* kUsage = "[N] [FOCUS]... [-IGNORE]... [-cum] [>FILE]";

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("    {:<20} {}\n", name, text);
}

std::string choices_of(const report::OptionInfo& option) {
  std::vector<std::string> choices(option.choices.begin(), option.choices.end());
  std::sort(choices.begin(), choices.end());
  return fmt::format("[{}]", fmt::join(choices, " | "));
}

// A pattern as its name is shown, except for blanks.
std::string unquoted(std::string_view pattern) {
  std::string name(pattern);
  name.erase(std::remove(name.begin(), name.end(), '\\'), name.end());
  return name;
}

}  // namespace

std::string help() {
  std::string text = "  Commands:\n";
  for (const ReportCommand& command : report_commands()) {
    const std::string name =
        command.alias == nullptr ? command.name : fmt::format("{}, {}", command.name, command.alias);
    text += line(name + (command.has_regex ? " REGEX" : ""), command.summary);
  }
  text += line("o, options", "the options and their values");
  text += line(":", "no focus, ignore, hide, tagfocus and tagignore any more");
  text += line("TYPE, total_TYPE", "show this sample type; mean_TYPE: its average");
  text += line("q, quit, exit", "end; so does Ctrl-D");
  text += fmt::format("  Behind a command, for that command: {}\n\n  Options (NAME=VALUE):\n", kUsage);
  for (const report::OptionInfo& option : report::option_table()) text += line(option.name, option.help);
  return text + "\n  `help NAME` tells more about one of them.";
}

std::string help_on(const std::string& name) {
  if (const ReportCommand* command = find_report(name); command != nullptr) {
    return fmt::format("{}: {}\n  {}{} {}", name, command->summary, name, command->has_regex ? " REGEX" : "",
                       kUsage);
  }
  const report::OptionInfo* option = report::find_option(name);
  if (option == nullptr) option = report::find_choice(name);
  if (option == nullptr) return fmt::format("There is no command or option \"{}\"; `help` lists them", name);
  std::string text = fmt::format("{}: {}", option->name, option->help);
  if (!option->choices.empty()) text += "\n  " + choices_of(*option);
  const std::string preset = report::get({}, *option);
  return text + fmt::format("\n  {}={}, at first {}", option->name,
                            option->value == nullptr ? "true|false" : option->value,
                            preset.empty() ? "\"\"" : preset);
}

std::string list_options(const report::Options& options, const std::vector<std::string>& types) {
  std::vector<std::string> lines;
  for (const report::OptionInfo& option : report::option_table()) {
    const std::string_view name = option.name;
    if (name == "source_path") continue;  // as pprof
    std::string value = report::get(options, option), comment;
    if (!option.choices.empty()) {
      comment = choices_of(option);
      if (value.empty()) value = "(default)";
    } else if (name == "sample_index") {
      if (value.empty() && !types.empty()) value = types.back();
      comment = fmt::format("[{}]", fmt::join(types, " | "));
    } else if (name == "nodecount" && value == "-1") {
      comment = "default";
    } else if (value.empty()) {
      value = "\"\"";
    }
    lines.push_back(
        fmt::format("  {:<25} = {:<20} {}", name, value, comment.empty() ? "" : "//: " + comment));
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::vector<std::string> names_to_complete(const std::vector<std::string>& types) {
  std::set<std::string> names = {"help", "options", "quit", "exit"};
  for (const ReportCommand& command : report_commands()) {
    names.insert(command.name);
    if (command.alias != nullptr) names.insert(command.alias);
  }
  for (const report::OptionInfo& option : report::option_table()) {
    names.insert(option.value == nullptr ? option.name : std::string(option.name) + "=");
    names.insert(option.choices.begin(), option.choices.end());
  }
  for (const std::string& type : types) {
    for (const char* before : {"", "total_", "mean_"}) names.insert(before + type);
  }
  return {names.begin(), names.end()};
}

bool matches_functions(const report::OptionInfo& option) {
  return option.value != nullptr && option.value == std::string_view("REGEX") &&
         !std::string_view(option.name).starts_with("tag");
}

std::vector<std::string> values_of(const report::OptionInfo& option, const std::vector<std::string>& types) {
  if (std::string_view(option.name) == "sample_index") return types;
  if (option.value == nullptr) return {"false", "true"};
  return {option.choices.begin(), option.choices.end()};
}

std::vector<std::string> function_patterns(const Profile& profile) {
  std::set<std::string> patterns;
  for (const Function& function : profile.functions()) {
    std::string pattern;
    for (const char c : profile.string(function.name)) {
      if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c == ' ' ? '.' : c;
    }
    if (!pattern.empty()) patterns.insert(pattern);
  }
  return {patterns.begin(), patterns.end()};
}

std::vector<std::string> starting_with(const std::string& start, const std::vector<std::string>& words) {
  std::vector<std::string> found;
  std::copy_if(words.begin(), words.end(), std::back_inserter(found),
               [&](const std::string& word) { return word.starts_with(start); });
  return found;
}

std::vector<std::string> containing(const std::string& part, const std::vector<std::string>& patterns) {
  const bool is_ignored = part.starts_with('-');  // "-REGEX"
  const std::string wanted = unquoted(std::string_view(part).substr(is_ignored ? 1 : 0));
  std::vector<std::string> beginning, having;
  for (const std::string& pattern : patterns) {
    const size_t at = unquoted(pattern).find(wanted);
    if (at == std::string::npos) continue;
    (at == 0 ? beginning : having).push_back((is_ignored ? "-" : "") + pattern);
  }
  return beginning.empty() ? having : beginning;
}

}  // namespace prof::cmd
