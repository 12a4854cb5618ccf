// Unwind tables kept from one recording to the next, below the cache's directory: those of large libraries
// take a tenth of a second to compile. libprof/agent/shared_tables.h says what reads them.
#pragma once

#include <cstdint>
#include <string>

namespace prof::record {

inline constexpr uint64_t kMaxKeptTableBytes = uint64_t{256} << 20;

// Makes it. "" where there is none that only this user can write to, or whose name an agent can be told.
std::string kept_tables_directory();

// Moves the tables that a recording's processes left in `recording` to `kept`, but for another user's, and
// removes the least recently used there past `max_bytes`. Failures are not told: the next recording starts
// slower, no more.
void keep_tables(const std::string& recording, const std::string& kept,
                 uint64_t max_bytes = kMaxKeptTableBytes);

}  // namespace prof::record
