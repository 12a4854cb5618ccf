// A large compressed file, read piece by piece while it is being decompressed: its bytes are never in memory
// together, and nothing waits for them. Small ones are read at once, into memory that serves again.
#pragma once

#include <optional>
#include <string>

#include "libprof/profile/compress.h"

namespace prof {

// Nothing where `path` is something else, or cannot be read: read_file() says why.
std::optional<CompressedInput> open_large_compressed(const std::string& path);

}  // namespace prof
