// Programs that show things: a browser, a viewer of pictures.
#pragma once

#include <span>
#include <string>

#include "libprof/base/error.h"

namespace prof::cmd {

// Shows a page in $BROWSER's first choice, else by xdg-open; on its own and silent. That it cannot be started
// is no failure: the address is on the terminal. Nothing without a desktop.
void open_browser(const std::string& url);

inline constexpr const char* kBrowser = "browser";  // as a viewer: $BROWSER, else the usual ones

// Writes `data` to a temporary file of that extension and shows it in the first of `viewers` (words separated
// by blanks) that can be started. Waits for the viewer, unless `is_shell`. The file goes when this process
// ends.
Result<void> view_data(std::string_view data, const std::string& extension,
                       std::span<const char* const> viewers, bool is_shell);

}  // namespace prof::cmd
