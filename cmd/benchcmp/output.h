// What benchcmp prints, and the exit codes of what it cannot.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cmd/common/output.h"
#include "stats/table/render.h"

namespace bench::cmd {

using prof::cmd::say;
using prof::cmd::say_instead;

// On standard output, at once. 0, or the exit code of a failure, which is reported. On a terminal colours go
// where they are the text's own (terminal_text.h).
int print(const std::string& text, prof::Colors colors = prof::Colors::kNone);
// The same of what `write` puts, part by part: a long report is never in memory as a whole.
int print_parts(const std::function<void(const Put& put)>& write);

// What readers say about their inputs, a line each: of very many the first ones, and how many more there are.
void say_problems(const std::vector<std::string>& problems);

// Says "benchcmp: MESSAGE"; returns the exit code of a failure.
int report(const std::string& message);

}  // namespace bench::cmd
