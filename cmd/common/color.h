// When output is coloured without being asked: on a terminal, unless NO_COLOR is set (no-color.org) or TERM
// is dumb.
#pragma once

namespace prof::cmd {

bool wants_color();  // of standard output

}  // namespace prof::cmd
