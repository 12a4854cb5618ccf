// Reading legacy text: lines with their numbers, and the pieces that all its formats are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"

namespace prof::legacy {

std::string_view trim(std::string_view text);
bool is_blank_or_comment(std::string_view line);  // nothing, or "# ..."

// "--- Memory map: ---" or "MAPPED_LIBRARIES:".
bool is_memory_map_heading(std::string_view line);

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next();                                     // false at the end: line() is then empty
  std::string_view line() const { return line_; }  // without its end
  size_t number() const { return number_; }        // from 1
  std::string_view rest() const { return rest_; }
  void skip_blank();  // next() until a line that says something

  // "line 12 `...`: <what>", for the errors of readers.
  tl::unexpected<Error> malformed(std::string_view what) const;

 private:
  std::string_view rest_, line_;
  size_t number_ = 0;
};

// Takes pieces off the front of a text. Each function is false, and takes nothing, where the piece is not
// there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  // Behind the first `literal` in `text`; headings of several formats may have anything before them.
  static std::optional<Cursor> behind(std::string_view literal, std::string_view text);
  bool take(std::string_view literal);
  bool take_spaces();  // at least one
  Cursor& skip_spaces() {
    take_spaces();
    return *this;
  }
  bool take_number(int64_t& value);  // decimal, with a sign or without
  bool take_hex(uint64_t& value);    // with 0x or without
  std::string_view take_word();      // up to white space; may be empty
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// Decimal, or hexadecimal behind 0x; nothing else before or behind it.
std::optional<int64_t> parse_number(std::string_view text);

// Every "0x..." in `text`; empty where one is too large for 64 bits.
std::optional<std::vector<uint64_t>> parse_addresses(std::string_view text);

// "key = value", trimmed.
struct Attribute {
  std::string_view key, value;
};
std::optional<Attribute> parse_attribute(std::string_view line);

}  // namespace prof::legacy
