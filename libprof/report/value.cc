#include "libprof/report/value.h"

#include <fmt/format.h>

#include <charconv>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

Result<size_t> find_index(const Profile& profile, const std::string& wanted) {
  const auto types = profile.sample_types();
  if (types.empty()) return fail("the profile has no sample types", "record or export it again");
  if (wanted.empty()) {
    for (size_t i = 0; profile.default_sample_type != 0 && i < types.size(); i++) {
      if (types[i].type == profile.default_sample_type) return i;
    }
    return types.size() - 1;
  }
  std::string names;
  for (size_t i = 0; i < types.size(); i++) {
    const std::string_view name = profile.string(types[i].type);
    // inuse_space also finds "space", as older heap profiles call it.
    if (name == wanted || "inuse_" + std::string(name) == wanted) return i;
    names += fmt::format("{}{}", i == 0 ? "" : ", ", name);
  }
  size_t index = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto parsed = std::from_chars(wanted.data(), end, index);
  if (parsed.ec == std::errc() && parsed.ptr == end && index < types.size()) return index;
  return fail(fmt::format("the profile has no sample type '{}'", wanted),
              fmt::format("sample_index is one of {}, or 0 to {}", names, types.size() - 1));
}

}  // namespace

int64_t fraction(int64_t value, double factor) {
  const double product = static_cast<double>(value) * factor;
  constexpr double kEdge = 9223372036854775808.0;  // 2^63
  if (!(product < kEdge)) return INT64_MAX;
  return product < -kEdge ? INT64_MIN : static_cast<int64_t>(product);
}

std::string Value::format(int64_t value) const {
  return amount(ratio > 0 && ratio != 1 ? fraction(value, ratio) : value, unit, output_unit);
}

Result<Value> choose_value(const Profile& profile, const Options& options) {
  const Result<size_t> index = find_index(profile, options.sample_index);
  if (!index) return tl::unexpected(index.error());
  if (options.divide_by == 0) return fail("divide_by cannot be 0", "name another number");
  const ValueType type = profile.sample_types()[*index];
  Value value;
  value.index = *index;
  value.mean = options.mean;
  value.type = (options.mean ? "mean_" : "") + std::string(profile.string(type.type));
  value.unit = profile.string(type.unit);
  value.output_unit = options.unit;
  value.ratio = 1 / options.divide_by;
  return value;
}

}  // namespace prof::report
