// The grammar of Rust's mangled names, for those who write them out: rust.cc has paths and their generic
// arguments, rust_types.cc types, lifetimes and constants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libprof/symbols/mangled_text.h"

namespace prof::symbols {

class RustParser : private MangledText {
 public:
  explicit RustParser(std::string_view text) : MangledText(text) {}  // behind "_R"

  std::optional<std::string> run();

 private:
  // `is_value`: in an expression, where generic arguments follow "::".
  void path(bool is_value);
  void nested(bool is_value);
  void impl_path();  // where an implementation stands, which says nothing to people
  void generic_argument();
  std::string identifier();
  uint64_t disambiguator();
  uint64_t base62();

  void type();
  void function();
  void trait();
  void constant();
  void lifetime(uint64_t index);
  template <typename Inside>
  void bound(Inside inside);

  template <typename Parse>
  void back_reference(Parse parse) {
    const size_t start = at_ - 1;
    const uint64_t to = base62();
    if (to >= start) ok_ = false;
    if (ok_ && !is_silent_) back_at(to, parse);
  }

  uint64_t lifetimes_ = 0;  // bound around here
};

}  // namespace prof::symbols
