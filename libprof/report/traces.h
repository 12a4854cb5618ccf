// `traces`: every sample with its stack.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/report/view.h"

namespace prof::report {

// Texts as long as the profile are written piece by piece.
using Sink = std::function<void(std::string_view)>;

struct TraceFrame {
  std::string_view name;
  bool is_inline = false;  // into the next
};

struct Trace {
  size_t sample = 0;
  int64_t value = 0;
  std::vector<TraceFrame> frames;  // leaf first; as long as the call of `visit`
};

void for_each_trace(const View& view, const std::function<void(const Trace&)>& visit);

void print_traces(const View& view, const Sink& sink);

}  // namespace prof::report
