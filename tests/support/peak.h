// How much memory a piece of work needs, for tests of bounds.
#pragma once

#include <cstdint>
#include <functional>

namespace prof::test {

// The peak of resident memory while `work` runs, in bytes above what there was before; measured in a child
// process. 0 where this system does not tell (or a sanitizer's own memory would be measured): the test must
// then say so and return.
uint64_t peak_bytes(const std::function<void()>& work);

}  // namespace prof::test
