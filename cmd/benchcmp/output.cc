#include "cmd/benchcmp/output.h"

#include <cerrno>
#include <cstring>

#include "libprof/base/exit_code.h"

namespace bench::cmd {

int print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  return report(std::string("cannot write to standard output: ") + std::strerror(errno));
}

int report(const std::string& message) {
  say("benchcmp: {}\n", message);
  return static_cast<int>(prof::ExitCode::kFailure);
}

}  // namespace bench::cmd
