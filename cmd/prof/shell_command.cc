#include "cmd/prof/shell_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "libprof/report/units.h"

namespace prof::cmd {
namespace {

// "top10" is "top 10".
const ReportCommand* find_with_number(std::vector<std::string>& words) {
  if (const auto* found = find_report(words[0]); found != nullptr) return found;
  const size_t letters = words[0].find_last_not_of("0123456789") + 1;
  if (letters == 0 || letters == words[0].size()) return nullptr;
  const auto* found = find_report(words[0].substr(0, letters));
  if (found != nullptr) words.insert(words.begin() + 1, words[0].substr(letters));
  return found;
}

bool is_number(const std::string& word, int64_t& number) {
  const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

void add_alternative(std::string& regex, const std::string& more) {
  if (!regex.empty() && !more.empty()) regex += '|';
  regex += more;
}

}  // namespace

Result<ReportRequest> parse_shell_command(std::vector<std::string> words, const report::Options& options) {
  ReportRequest request;
  request.is_shell = true;
  request.options = options;
  request.command = find_with_number(words);
  if (request.command == nullptr) {
    if (report::find_option(words[0]) != nullptr) {
      return fail(
          fmt::format("{} is an option: {}={}", words[0], words[0], words.size() > 1 ? words[1] : "VALUE"));
    }
    return fail(fmt::format("there is no command \"{}\"", words[0]), "`help` lists them");
  }
  size_t i = 1;
  if (request.command->has_regex) {
    if (words.size() < 2) {
      return fail(fmt::format("{} needs an argument", words[0]),
                  fmt::format("for example `{} main`", words[0]));
    }
    request.regex = words[i++];
  }
  std::string focus, ignore;
  for (; i < words.size(); i++) {
    const std::string& word = words[i];
    if (is_number(word, request.options.nodecount)) continue;
    if (word[0] == '>') {
      if (word.size() == 1 && i + 1 == words.size()) return fail("there is no file name behind >");
      request.options.output = word.size() > 1 ? word.substr(1) : words[++i];
    } else if (word == "-cum" || word == "--cum") {
      request.options.sort = "cum";
    } else if (word[0] == '-') {
      add_alternative(ignore, word.substr(1));
    } else {
      add_alternative(focus, word);
    }
  }
  const std::string_view name = request.command->name;
  if (!focus.empty()) (name == "tags" ? request.options.tagfocus : request.options.focus) = focus;
  if (!ignore.empty()) (name == "tags" ? request.options.tagignore : request.options.ignore) = ignore;
  if (name == "top" && request.options.nodecount == -1) request.options.nodecount = 10;
  return request;
}

Result<bool> assign(report::Options& options, const std::vector<std::string>& types,
                    const std::string& input) {
  const size_t equals = input.find('=');
  const std::string name(report::trim(input.substr(0, equals)));
  const report::OptionInfo* option = report::find_option(name);
  const report::OptionInfo* of_choice = option == nullptr ? report::find_choice(name) : nullptr;
  if (option == nullptr && of_choice == nullptr) return false;
  std::string value = equals == std::string::npos ? "" : input.substr(equals + 1);
  value = report::trim(value.substr(0, value.rfind("//:")));
  if (of_choice != nullptr) {                                        // "cum", or "cum=true"
    const report::OptionInfo& is_on = *report::find_option("mean");  // any switch: it reads true and false
    report::Options scratch;
    if (const auto parsed = report::set(scratch, is_on, value); !parsed || !scratch.mean) {
      return fail(fmt::format("{} cannot be '{}'", name, value), fmt::format("{}={}", of_choice->name, name));
    }
    value = name;
    option = of_choice;
  } else if (equals == std::string::npos && option->value != nullptr) {
    return fail(fmt::format("{} needs a value", name), fmt::format("{}=VALUE", name));
  }
  if (name == "sample_index" && !value.empty()) {
    const bool is_type = std::any_of(types.begin(), types.end(), [&](const std::string& type) {
      return value == type || value == "inuse_" + type;
    });
    int64_t position = -1;
    const bool is_position =
        is_number(value, position) && position >= 0 && static_cast<size_t>(position) < types.size();
    if (!is_type && !is_position) {
      return fail(fmt::format("sample_index cannot be '{}'", value),
                  fmt::format("it is one of {}, or 0 to {}", fmt::join(types, ", "), types.size() - 1));
    }
    if (!is_type) value = types[static_cast<size_t>(position)];
  }
  if (const auto done = report::set(options, *option, value); !done) return tl::unexpected(done.error());
  return true;
}

}  // namespace prof::cmd
