// Checks of options whose value is a number. CLI11's own tell the range in six hundred digits, and let -1 be
// the largest of unsigned ones.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace prof::cmd {

inline CLI::Validator positive() {
  return {[](const std::string& text) {
            double value = 0;
            const bool is_positive =
                CLI::detail::lexical_cast(text, value) && value > 0 && std::isfinite(value);
            return is_positive ? std::string() : "'" + text + "' is not a number above 0";
          },
          "POSITIVE"};
}

inline CLI::Validator not_negative() {
  return {[](const std::string& text) {
            double value = -1;
            const bool is_one = CLI::detail::lexical_cast(text, value) && value >= 0 && std::isfinite(value);
            return is_one ? std::string() : "'" + text + "' is not a number from 0 up";
          },
          "NUMBER"};
}

// In decimal digits, without a sign. Help tells the range where it is one.
inline CLI::Validator whole_number(uint64_t least, uint64_t most) {
  const std::string low = std::to_string(least), high = std::to_string(most);
  return {[=](const std::string& text) {
            uint64_t value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool is_one = error == std::errc() && stop == end && value >= least && value <= most;
            return is_one ? std::string()
                          : "'" + text + "' is not a whole number from " + low + " to " + high;
          },
          most == UINT64_MAX ? "NUMBER" : "UINT in [" + low + " - " + high + "]"};
}

}  // namespace prof::cmd
