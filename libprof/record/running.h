// Processes that a recording's program left behind, whether or not the agent is in them.
#pragma once

#include <string>

namespace prof::record {

// How many live processes began with that agent configuration in their environment, or were forked from such:
// what /proc lets us see of them. One pass over all of /proc.
size_t count_configured(const std::string& config);

}  // namespace prof::record
