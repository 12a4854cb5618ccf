// What benchcmp prints, and the exit codes of what it cannot.
#pragma once

#include <string>

#include "cmd/common/output.h"

namespace bench::cmd {

using prof::cmd::say;

// On standard output, at once. 0, or the exit code of a failure, which is reported.
int print(const std::string& text);

// Says "benchcmp: MESSAGE"; returns the exit code of a failure.
int report(const std::string& message);

}  // namespace bench::cmd
