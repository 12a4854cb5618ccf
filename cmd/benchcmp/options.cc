#include "cmd/benchcmp/options.h"

#include <CLI/CLI.hpp>
#include <cmath>

#include "libprof/base/exit_code.h"

namespace bench::cmd {
namespace {

constexpr const char* kDescription =
    "Compare benchmark results: medians with confidence intervals, and which differences are more than "
    "noise.\n"
    "Reads Go benchmark text and Google Benchmark JSON; an input is FILE, LABEL=FILE, or - for standard "
    "input.\n"
    "The first input is the baseline. Flags are benchstat's, with one dash or two.";
constexpr const char* kExample = "for example: benchcmp old.txt new.txt (benchcmp --help shows all flags)";
constexpr const char* kFooter =
    "\nExit status: 0 compared, 1 failed (unreadable file, bad expression, nothing to compare), 2 wrong "
    "usage,\n"
    "3 a regression was found (with --fail-on-regression).";

Exit usage(const std::string& message) {
  return {static_cast<int>(prof::ExitCode::kUsage), "", "benchcmp: " + message + "\n" + kExample + "\n"};
}

// Go programs take -flag like --flag; and a flag whose value is optional takes it behind = only.
std::vector<std::string> normalize(const CLI::App& app, int argc, const char* const* argv) {
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
    out.push_back("--" + name);
    if (equals != std::string::npos) {
      out.push_back(argument.substr(equals + 1));
    } else if (name == "fail-on-regression") {
      out.emplace_back("0");
    } else if (takes_value && i + 1 < argc) {
      out.emplace_back(argv[++i]);
    }
  }
  std::reverse(out.begin(), out.end());  // the order in which CLI11 takes a vector
  return out;
}

}  // namespace

tl::expected<Command, Exit> parse(int argc, const char* const* argv) {
  Command command;
  std::string format = "text";
  double least = 0;
  CLI::App app(kDescription, "benchcmp");
  app.footer(kFooter);
  app.set_version_flag("--version", "benchcmp " PROF_VERSION);
  Layout& layout = command.layout;
  app.add_option("--filter", layout.filter, "use only results that match QUERY")
      ->type_name("QUERY")
      ->capture_default_str();
  app.add_option("--table", layout.table, "a table for each value of KEYS")
      ->type_name("KEYS")
      ->capture_default_str();
  app.add_option("--row", layout.row, "a row for each value of KEYS")
      ->type_name("KEYS")
      ->capture_default_str();
  app.add_option("--col", layout.col, "a column for each value of KEYS")
      ->type_name("KEYS")
      ->capture_default_str();
  app.add_option("--ignore", layout.ignore, "do not tell results apart by KEYS")->type_name("KEYS");
  app.add_option("--alpha", command.options.alpha, "a difference counts if p <= ALPHA")
      ->type_name("ALPHA")
      ->capture_default_str();
  app.add_option("--confidence", command.options.confidence, "level of the intervals")
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_option("--format", format, "text or csv (whose warnings go to standard error)")
      ->type_name("FORMAT")
      ->capture_default_str();
  CLI::Option* gate =
      app.add_option("--fail-on-regression", least,
                     "exit with 3 if a benchmark is significantly worse, by at least PCT percent; "
                     "written --fail-on-regression=PCT, or without =PCT for any amount")
          ->type_name("PCT");
  app.add_option("inputs", command.inputs, "benchmark results; the first are the baseline")
      ->type_name("INPUT");
  try {
    app.parse(normalize(app, argc, argv));
  } catch (const CLI::Success& success) {
    std::ostringstream out;
    app.exit(success, out, out);
    return tl::unexpected(Exit{0, out.str(), ""});
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(usage(error.what()));
  }
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  if (command.inputs.empty()) return tl::unexpected(usage("no input given"));
  if (!is_share(command.options.alpha)) return tl::unexpected(usage("-alpha must be in range [0, 1]"));
  if (!is_share(command.options.confidence))
    return tl::unexpected(usage("-confidence must be in range [0, 1]"));
  if (format != "text" && format != "csv") return tl::unexpected(usage("-format must be text or csv"));
  command.format = format == "csv" ? OutputFormat::kCsv : OutputFormat::kText;
  if (gate->count() > 0) {
    if (!(least >= 0) || std::isinf(least))
      return tl::unexpected(usage("--fail-on-regression must be a percentage >= 0"));
    command.fail_on_regression = least;
  }
  return command;
}

}  // namespace bench::cmd
