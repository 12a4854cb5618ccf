#include "stats/benchproc/order.h"

#include <re2/re2.h>

#include <cmath>

#include "stats/text/number.h"

namespace bench {
namespace {

int alphabetical(const std::string& a, const std::string& b) { return a.compare(b); }

// Numbers in front of all else, NaN last among them.
int numerical(const std::string& a, const std::string& b) {
  double x = 0, y = 0;
  const bool a_is = parse_quantity(a, x), b_is = parse_quantity(b, y);
  if (a_is != b_is) return a_is ? -1 : 1;
  if (!a_is) return 0;
  if (std::isnan(x) || std::isnan(y))
    return static_cast<int>(std::isnan(x)) - static_cast<int>(std::isnan(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

struct Order {
  std::string_view name;
  Compare compare;
};
constexpr Order kOrders[] = {{"alpha", alphabetical}, {"num", numerical}};

}  // namespace

Compare order_named(std::string_view name) {
  for (const Order& order : kOrders) {
    if (order.name == name) return order.compare;
  }
  return nullptr;
}

bool parse_quantity(const std::string& text, double& value) {
  if (parse_float(text, value) == NumberError::kNone) return true;
  static const RE2 pattern("([+-]?[0-9.]+)([kKMGTPEZY]i?)?[bB]?");
  std::string number, prefix;
  if (!RE2::FullMatch(text, pattern, &number, &prefix)) return false;
  if (parse_float(number, value) != NumberError::kNone) return false;
  if (prefix.empty()) return true;
  constexpr std::string_view kPrefixes = "KMGTPEZY";
  const size_t power = prefix[0] == 'k' ? 0 : kPrefixes.find(prefix[0]);
  value *= std::pow(prefix.size() > 1 ? 1024.0 : 1000.0, static_cast<double>(power + 1));
  return true;
}

}  // namespace bench
