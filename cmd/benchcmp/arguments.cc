#include "cmd/benchcmp/arguments.h"

#include <filesystem>
#include <sstream>

#include "cmd/common/help.h"
#include "stats/gate/policy.h"

namespace bench::cmd {

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

namespace {

// "--fail-on-regression=5", where 5 stands apart from a flag that does not take it and is no file either;
// else empty.
std::string detached(int argc, const char* const* argv, const std::map<std::string, std::string>& alone) {
  for (int i = 1; i + 1 < argc && std::string_view(argv[i]) != "--"; i++) {
    const std::string_view flag = argv[i];
    const bool stands_alone =
        flag.starts_with('-') && alone.count(std::string(flag.substr(flag.starts_with("--") ? 2 : 1))) != 0;
    std::error_code error;
    if (stands_alone && parse_percentage(argv[i + 1]) && !std::filesystem::exists(argv[i + 1], error))
      return std::string(flag) + "=" + argv[i + 1];
  }
  return "";
}

}  // namespace

std::optional<Exit> parse_arguments(CLI::App& app, int argc, const char* const* argv,
                                    const std::map<std::string, std::string>& alone,
                                    const std::function<Exit(const std::string&)>& wrong_usage) {
  app.formatter(prof::cmd::help_formatter());
  if (const std::string together = detached(argc, argv, alone); !together.empty())
    return wrong_usage("write " + together + ": a percentage goes behind =");
  try {
    app.parse(go_style_arguments(app, argc, argv, alone));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return Exit{0, prof::cmd::wrapped(out.str()), ""};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }
  return std::nullopt;
}

}  // namespace bench::cmd
