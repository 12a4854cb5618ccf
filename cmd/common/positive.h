// A check of options whose value is a number above 0. CLI11's own tells the range in six hundred digits.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace prof::cmd {

inline CLI::Validator positive() {
  return {[](const std::string& text) {
            double value = 0;
            const bool is_positive = CLI::detail::lexical_cast(text, value) && value > 0;
            return is_positive ? std::string() : "'" + text + "' is not a number above 0";
          },
          "POSITIVE"};
}

}  // namespace prof::cmd
