#include "cmd/prof/sample_index.h"

#include <fmt/format.h>

#include <charconv>

namespace prof::cmd {

Result<size_t> sample_index(const Profile& profile, const std::string& wanted) {
  const auto types = profile.sample_types();
  if (types.empty()) return fail("the profile has no sample type", "record it anew");
  const auto find = [&](std::string_view name) {
    size_t i = 0;
    while (i < types.size() && profile.string(types[i].type) != name) i++;
    return i;
  };
  const std::string_view name = wanted.empty() ? profile.string(profile.default_sample_type) : wanted;
  if (const size_t i = find(name); i < types.size()) return i;
  if (wanted.empty()) return types.size() - 1;
  if (wanted.starts_with("inuse_")) {
    if (const size_t i = find(wanted.substr(6)); i < types.size()) return i;
  }
  size_t position = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), position);
  if (error == std::errc() && end == wanted.data() + wanted.size() && position < types.size())
    return position;
  std::string known;
  for (const ValueType& type : types)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", profile.string(type.type));
  return fail(fmt::format("no sample type \"{}\" in the profile", wanted), "it has " + known);
}

}  // namespace prof::cmd
