// The command line of benchcmp: benchstat's flags with one dash or two, the gate, and how to print.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stats/report/report.h"
#include "stats/table/builder.h"

namespace CLI {
class App;
}

namespace bench::cmd {

enum class When { kAuto, kAlways, kNever };

struct Command {
  Layout layout;
  Options options;
  std::string format = "text";  // of the table of renderers, or csv
  Arrangement arrangement;
  const Format* input_format = nullptr;  // null: detected
  bool github = false;
  std::string junit;  // a file, or empty
  Policy policy;
  std::vector<std::string> better;  // for add_better
  std::string waivers;              // a file, or empty
  std::string noise;                // likewise
  bool fail_on_regression = false;
  bool allow_inconclusive = false;
  bool asked_for_verdict = false;  // one of the flags of the gate is there
  When color = When::kAuto;
  bool ascii = false;
  std::string profiles;  // "OLD,NEW": pprof files that explain regressions, or empty
  std::vector<std::string> inputs;

  bool is_gate() const { return fail_on_regression || policy.missing_fails; }
};

// What the arguments ask for, or what the process should print and exit with instead.
struct Exit {
  int code;
  std::string out;  // for standard output
  std::string err;  // for standard error
};
// Prints it, and returns the code.
int show(const Exit& exit);

// A subcommand that ends in a comparison: what it has beside the flags of one. It makes its own inputs.
struct Extension {
  std::string name;         // "benchcmp run"
  std::string description;  // above the flags in --help
  std::string example;
  std::function<void(CLI::App&)> add;
  std::function<std::string()> check;  // the first thing that is wrong, or ""
};
tl::expected<Command, Exit> parse(int argc, const char* const* argv, const Extension* extension = nullptr);

// Adds the flags that all comparisons have, for what only reads their descriptions.
void describe_comparison(CLI::App& app);
// The same for the whole command line, subcommands with it.
void describe_all(CLI::App& app);

}  // namespace bench::cmd
