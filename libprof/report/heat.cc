#include "libprof/report/heat.h"

#include <fmt/format.h>

namespace prof::report {
namespace {

struct Color {
  double least;  // share of the function
  const char* on;
};
constexpr Color kColors[] = {{0.05, "\x1b[31m"}, {0.005, "\x1b[32m"}};
constexpr const char* kOff = "\x1b[0m";

}  // namespace

std::string Heat::cell(int64_t amount) const {
  const std::string text = fmt::format("{:>10}", amount == 0 ? "." : value_.format(amount));
  if (amount == 0 || whole_ == 0) return text;
  for (const Color& color : kColors) {
    if (static_cast<double>(magnitude(amount)) >= color.least * whole_) return color.on + text + kOff;
  }
  return text;
}

}  // namespace prof::report
