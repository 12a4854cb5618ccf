// The machine that benchmarks ran on, as configuration of Go benchmark text: what makes runs comparable.
#pragma once

#include <string>

#include "stats/benchfmt/result.h"

namespace bench::cmd {

// "goos: linux", "cpu: ...", kernel, governor, turbo, aslr, hostname, and commit of the directory where that
// is in git; what cannot be read is left out. What differs from run to run on one machine, the load, is a
// comment: it must not split tables.
std::string environment_lines();
// Those lines as readers take them.
Configuration environment_of(const std::string& lines);

}  // namespace bench::cmd
