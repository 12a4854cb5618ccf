// What a line of the shell says: an assignment, or a report with options that hold for this line only.
#pragma once

#include <string>
#include <vector>

#include "cmd/prof/report_commands.h"

namespace prof::cmd {

// COMMAND[N] [ARGUMENT] [N] [FOCUS]... [-IGNORE]... [-cum] [>FILE], as words. Several expressions of a kind
// are alternatives; with `tags` they are about tags. `top` shows 10 rows where nothing says otherwise.
Result<ReportRequest> parse_shell_command(std::vector<std::string> words, const report::Options& options);

// "NAME=VALUE", with a comment behind "//:", a bare switch, or a bare choice ("cum"). False where `input` is
// none; an error where it is one that makes no sense. `types`: the profile's sample types.
Result<bool> assign(report::Options& options, const std::vector<std::string>& types,
                    const std::string& input);

}  // namespace prof::cmd
