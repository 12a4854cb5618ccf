// How far a function goes whose symbol has no size, where the symbols of its neighbours were stripped: up to
// the next symbol it would be all of them. It is what its first instruction leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace prof::symbols {

// `code`: from the function's first byte, at `address`, up to where it must have ended. The number of bytes
// up to the last one that is reached from the first, by falling through, conditional jumps and jumps within
// the function; at least 1 where there is code. A jump forward to a multiple of 16, where functions are put,
// is to another function.
size_t extent_of(std::span<const uint8_t> code, uint64_t address);

}  // namespace prof::symbols
