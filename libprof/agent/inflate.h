// zlib streams, uncompressed by a libdeflate of the agent's own that allocates pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace prof::agent {

// Called from: threads, outside signal handlers, one at a time. Allocates nothing of the target's. Whether
// `from` is a stream of exactly `to_size` bytes.
bool inflate_zlib(const uint8_t* from, size_t from_size, uint8_t* to, size_t to_size);

}  // namespace prof::agent
