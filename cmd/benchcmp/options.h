// The command line of benchcmp: benchstat's flags with one dash or two, and the gate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stats/table/builder.h"

namespace bench::cmd {

enum class OutputFormat { kText, kCsv };

struct Command {
  Layout layout;
  Options options;
  OutputFormat format = OutputFormat::kText;
  std::optional<double> fail_on_regression;  // percent
  std::vector<std::string> inputs;
};

// What the arguments ask for, or what the process should print and exit with instead.
struct Exit {
  int code;
  std::string out;  // for standard output
  std::string err;  // for standard error
};
tl::expected<Command, Exit> parse(int argc, const char* const* argv);

}  // namespace bench::cmd
