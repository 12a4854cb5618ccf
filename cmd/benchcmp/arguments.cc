#include "cmd/benchcmp/arguments.h"

#include <algorithm>
#include <sstream>

#include "cmd/common/help.h"

namespace bench::cmd {
namespace {

constexpr size_t kTerminal = 80;  // columns

// Where what a line goes on with begins: behind the name of a flag and the gap after it.
size_t indent_of(const std::string& line) {
  const size_t name = std::min(line.find_first_not_of(' '), line.size());
  const size_t gap = line.find("  ", name);
  return gap == std::string::npos ? name : std::min(line.find_first_not_of(' ', gap), line.size());
}

// CLI11 leaves a description on one line, however long, and several blank lines behind each other.
std::string wrapped(const std::string& help) {
  std::string out;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() && (out.empty() || out.ends_with("\n\n"))) continue;
    const size_t indent = indent_of(line);
    while (line.size() > kTerminal) {
      const size_t end = line.rfind(' ', kTerminal);
      if (end == std::string::npos || end <= indent) break;
      out += line.substr(0, end) + "\n";
      line = std::string(indent, ' ') + line.substr(end + 1);
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace

std::vector<std::string> go_style_arguments(const CLI::App& app, int argc, const char* const* argv,
                                            const std::map<std::string, std::string>& alone) {
  std::vector<std::string> out;
  for (int i = 1; i < argc; i++) {
    std::string argument = argv[i];
    if (argument == "--") {
      out.insert(out.end(), argv + i, argv + argc);
      break;
    }
    const size_t dashes = argument.starts_with("--") ? 2 : argument.starts_with("-") ? 1 : 0;
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
    const CLI::Option* option =
        dashes == 0 || name.size() < 2 ? nullptr : app.get_option_no_throw("--" + name);
    if (option == nullptr) {
      out.push_back(std::move(argument));
      continue;
    }
    const bool takes_value = option->get_expected_min() > 0 && option->get_type_size() > 0;
    const auto otherwise = alone.find(name);
    if (equals != std::string::npos && !takes_value) {
      out.push_back("--" + name + argument.substr(equals));
      continue;
    }
    out.push_back("--" + name);
    if (equals != std::string::npos) {
      out.push_back(argument.substr(equals + 1));
    } else if (otherwise != alone.end()) {
      out.push_back(otherwise->second);
    } else if (takes_value && i + 1 < argc) {
      out.emplace_back(argv[++i]);
    }
  }
  std::reverse(out.begin(), out.end());  // the order in which CLI11 takes a vector
  return out;
}

std::optional<Exit> parse_arguments(CLI::App& app, int argc, const char* const* argv,
                                    const std::map<std::string, std::string>& alone,
                                    const std::function<Exit(const std::string&)>& wrong_usage) {
  app.formatter(prof::cmd::help_formatter());
  try {
    app.parse(go_style_arguments(app, argc, argv, alone));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return Exit{0, wrapped(out.str()), ""};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }
  return std::nullopt;
}

}  // namespace bench::cmd
