// What a command prints. Standard output carries the result: a failure to write it is one of the command.
// Standard error may be closed or full: then nobody listens, and the work goes on.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "libprof/base/error.h"
#include "libprof/base/terminal_text.h"

namespace prof::cmd {

// To be called first: a standard stream that is closed stays one that cannot be written, here and in the
// programs that we start, but no file that we open takes its number, and with it what is printed there.
void reserve_standard_streams();

// `prof top cpu.prof | head` ends like any filter, whatever the parent ignored. Not for a command that starts
// what the user names: that inherits SIGPIPE from us, and is to have it as it came.
void end_when_nobody_reads();

// Writing past the largest file (ulimit -f) fails and says so, and what was begun is removed: it ended us. Of
// a handler, programs that we start inherit nothing.
void survive_file_limit();

// Below, a terminal gets terminal_text() of what is printed; files and pipes get its bytes.

// On standard output: at once; or a part of more to come, which the last call prints.
Result<void> print(std::string_view text, Colors colors = Colors::kNone);
Result<void> print_part(std::string_view text, Colors colors = Colors::kNone);

// On standard error, at once.
void say_text(std::string_view text);
template <typename... T>
void say(fmt::format_string<T...> format, T&&... arguments) {
  say_text(fmt::format(format, std::forward<T>(arguments)...));
}

// On the line of the terminal that is standard error, in the place of what was there.
void say_instead(std::string_view text);

}  // namespace prof::cmd
