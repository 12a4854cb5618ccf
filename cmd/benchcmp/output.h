// What benchcmp prints. Standard output carries the result: a failure to write it is one of benchcmp.
// Standard error may be closed or full: then nobody listens, and the work goes on.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace bench::cmd {

// On standard output, at once. 0, or the exit code of a failure, which is reported.
int print(const std::string& text);

// On standard error, as it stands.
template <typename... T>
void say(fmt::format_string<T...> format, T&&... arguments) {
  const std::string text = fmt::format(format, std::forward<T>(arguments)...);
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

// Says "benchcmp: MESSAGE"; returns the exit code of a failure.
int report(const std::string& message);

}  // namespace bench::cmd
