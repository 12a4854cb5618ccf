// The flame graph as one self-contained SVG: a whole picture where scripts are off, zoom and search where
// they are on.
#pragma once

#include <string>

#include "flamegraph/chart.h"

namespace prof::flame {

std::string to_svg(const Chart& chart);

}  // namespace prof::flame
