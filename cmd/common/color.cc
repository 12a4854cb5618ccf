#include "cmd/common/color.h"

#include <unistd.h>

#include <cstdlib>

namespace prof::cmd {

bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace prof::cmd
