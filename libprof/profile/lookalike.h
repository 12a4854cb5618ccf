// Files that people give us by mistake: other tools' profiles, archives, programs.
#pragma once

#include <cstddef>
#include <string_view>

namespace prof {

struct Lookalike {
  std::string_view magic;  // what the file begins with, or has at `at`
  const char* what;        // "it is ..."
  const char* remedy;
  std::string_view mark = {};  // what else is in its head; "" for nothing
  size_t at = 0;
};

inline constexpr size_t kHead = 512;  // bytes that tell what a file is

// nullptr where the head of `bytes` is none that is known.
const Lookalike* lookalike(std::string_view bytes);

}  // namespace prof
