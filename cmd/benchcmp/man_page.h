// benchcmp(1), made from the command line's own description.
#pragma once

#include <string>

namespace bench::cmd {

std::string man_page();

}  // namespace bench::cmd
