// The flame graph as one self-contained HTML page, drawn on a canvas. `prof web` serves the same page.
#pragma once

#include <string>

#include "flamegraph/chart.h"

namespace prof::flame {

std::string to_html(const Chart& chart);

}  // namespace prof::flame
