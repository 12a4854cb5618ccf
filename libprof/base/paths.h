// Paths as text.
#pragma once

#include <string_view>

namespace prof {

// The last component; all of `path` where nothing follows its last slash.
inline std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

}  // namespace prof
