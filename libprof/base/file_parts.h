// Writing files that are longer than memory should hold: piece by piece. The writers of files.h are this with
// one piece.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace prof {

using Put = std::function<void(std::string_view part)>;
// Gives a file's bytes, in order, to `put`. Its Error is its own; failures to write are the caller's.
using Producer = std::function<Result<void>(const Put& put)>;

// As write_file_atomically (files.h) what `produce` makes. After a failure the rest is made and not written.
Result<void> write_parts_atomically(const std::string& path, const Producer& produce);

}  // namespace prof
