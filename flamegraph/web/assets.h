// The sources of the pages, compiled in by embed.cmake: scripts and styles by file name.
#pragma once

#include <string_view>

namespace prof::flame::web {

// REQUIRES: `name` is one of the files listed in flamegraph/CMakeLists.txt.
std::string_view asset(std::string_view name);

}  // namespace prof::flame::web
