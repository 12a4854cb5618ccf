// Reading recorded profiles in tests.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "libprof/profile/codec.h"

namespace prof::test {

inline Profile load(const std::string& path) {
  auto profile = read_profile(path);
  INFO(path << (profile ? "" : ": " + profile.error().message()));
  REQUIRE(profile);
  return std::move(*profile);
}

inline size_t type_index(const Profile& profile, const std::string& type) {
  for (size_t i = 0; i < profile.sample_types().size(); i++) {
    if (profile.string(profile.sample_types()[i].type) == type) return i;
  }
  throw std::runtime_error("no sample type " + type);
}

// The sum of `type`, of samples in whose stack some function's name contains `function` ("": of all).
inline double total(const Profile& profile, const std::string& type, const std::string& function = "") {
  const size_t index = type_index(profile, type);
  double sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    bool matches = function.empty();
    for (const uint32_t location : profile.stack(i)) {
      for (const Line& line : profile.lines(profile.locations()[location])) {
        const auto name = profile.string(profile.functions()[line.function].name);
        matches |= name.find(function) != std::string_view::npos;
      }
    }
    if (matches) sum += static_cast<double>(profile.values(i)[index]);
  }
  return sum;
}

// Of samples whose outermost function that is.
inline double total_ending_in(const Profile& profile, const std::string& type, const std::string& function) {
  const size_t index = type_index(profile, type);
  double sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    const auto stack = profile.stack(i);
    if (stack.empty()) continue;
    const auto lines = profile.lines(profile.locations()[stack.back()]);
    if (lines.empty() || profile.string(profile.functions()[lines.back().function].name) != function)
      continue;
    sum += static_cast<double>(profile.values(i)[index]);
  }
  return sum;
}

inline std::string comment(const Profile& profile, const std::string& start) {
  for (const StringId id : profile.comments) {
    if (profile.string(id).starts_with(start)) return std::string(profile.string(id));
  }
  return "";
}

// Percent of the CPU time that are in the profile, by the closing block; 0 where it does not say.
inline double percent_seen(const std::string& closing_block) {
  const std::string before = "CPU time (";
  const size_t at = closing_block.find(before);
  return at == std::string::npos ? 0 : std::stod(closing_block.substr(at + before.size()));
}

// The X of "of X CPU time" there, in seconds.
inline double seconds_used(const std::string& closing_block) {
  const size_t end = closing_block.find(" CPU time (");
  const size_t of = end == std::string::npos ? end : closing_block.rfind(" of ", end);
  if (of == std::string::npos) return 0;
  size_t digits = 0;
  const double value = std::stod(closing_block.substr(of + 4), &digits);
  const std::string unit = closing_block.substr(of + 5 + digits, end - of - 5 - digits);
  return unit == "s" ? value : unit == "ms" ? value / 1e3 : value / 1e6;
}

}  // namespace prof::test
