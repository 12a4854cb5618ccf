// `traces`: every sample with its stack.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libprof/report/view.h"

namespace prof::report {

// Texts as long as the profile are written piece by piece.
using Sink = std::function<void(std::string_view)>;

void print_traces(const View& view, const Sink& sink);

}  // namespace prof::report
