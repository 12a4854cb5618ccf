// The orders a projection may ask for by name.
#pragma once

#include <string>
#include <string_view>

namespace bench {

using Compare = int (*)(const std::string&,
                        const std::string&);  // < 0, 0, > 0; 0 also where neither comes first

// "alpha", "num"; null where there is no such order.
Compare order_named(std::string_view name);

// A number, perhaps with a decimal or binary prefix and a B: "1.5", "64k", "4KiB". False where it is none.
bool parse_quantity(const std::string& text, double& value);

}  // namespace bench
