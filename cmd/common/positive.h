// Checks of options whose value is a number. CLI11's own tell the range in six hundred digits.
#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
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

}  // namespace prof::cmd
