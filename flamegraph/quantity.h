// Values with their units, scaled to be read: "1.23s", "640kB", "1234".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prof::flame {

std::string quantity(int64_t value, std::string_view unit);

// "12.3%"; two significant digits below 1%; "0%" of nothing.
std::string percent(int64_t part, int64_t whole);

}  // namespace prof::flame
