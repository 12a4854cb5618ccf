// Where answers that took long are kept from run to run: $XDG_CACHE_HOME/prof, else ~/.cache/prof.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prof {

// "" where the environment names no directory.
std::string default_cache_directory();

// Removes the least recently used of the regular files whose names begin with `prefix` until the rest is no
// larger than `max_bytes`. What cannot be removed stays.
void shrink_cache(const std::string& directory, std::string_view prefix, uint64_t max_bytes);

}  // namespace prof
