// Text as it stands between the quotes of a DOT string.
#pragma once

#include <string>
#include <string_view>

namespace prof::report {

// `text` shown as it is: its quotes end no string, its backslashes begin nothing, its lines are set to the
// left.
std::string escape_dot(std::string_view text);

}  // namespace prof::report
