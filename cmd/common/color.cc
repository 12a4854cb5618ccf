#include "cmd/common/color.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace prof::cmd {

bool wants_color() {
  const char *no_color = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  const bool refused = (no_color != nullptr && *no_color != '\0') ||
                       (terminal != nullptr && std::string_view(terminal) == "dumb");
  return ::isatty(STDOUT_FILENO) == 1 && !refused;
}

}  // namespace prof::cmd
