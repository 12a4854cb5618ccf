// Numbers as Google Benchmark writes them: NaN and Infinity bare, which JSON does not have.
#pragma once

#include <string>
#include <string_view>

#include "stats/benchfmt/json.h"

namespace bench {

// `data` with bare NaN, Inf and Infinity, of any case and sign, as strings of the same text.
std::string quote_bare_numbers(std::string_view data);

// A number, or a string that quote_bare_numbers made. False, and `number` as it was, where it is neither.
bool read_number(const Json& value, double& number);

}  // namespace bench
