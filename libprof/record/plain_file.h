// Files of a directory of spools, which may be another user's: `prof collect` of what root finds in /tmp.
// Links may lead anywhere, and a pipe keeps whoever opens it; neither is followed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace prof::record {

// All of it; none where it is no regular file, or longer than `most` bytes. Does not block.
std::optional<std::string> read_plain_file(const std::string& path, uint64_t most);

// Makes it where there is none. Does nothing where it is no regular file, another user's, or one that has
// another name besides.
void append_to_plain_file(const std::string& path, const std::string& bytes);

}  // namespace prof::record
