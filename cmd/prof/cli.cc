#include "cmd/prof/cli.h"

#include <fmt/format.h>

namespace prof::cmd {

int report(const Error& error, ExitCode code) {
  fmt::print(stderr, "prof: {}\n", error.message());
  return static_cast<int>(code);
}

void show(const Warnings& warnings) {
  for (const auto& warning : warnings) fmt::print(stderr, "prof: warning: {}\n", warning);
}

}  // namespace prof::cmd
