#include "libprof/profile/legacy/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace prof::legacy {
namespace {

constexpr std::string_view kSpaces = " \t\r\v\f";

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool is_blank_or_comment(std::string_view line) {
  line = trim(line);
  return line.empty() || line.starts_with('#');
}

bool is_memory_map_heading(std::string_view line) {
  return line.find("--- Memory map: ---") != std::string_view::npos ||
         line.find("MAPPED_LIBRARIES:") != std::string_view::npos;
}

bool Lines::next() {
  line_ = {};
  if (rest_.empty()) return false;
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  number_++;
  return true;
}

void Lines::skip_blank() {
  while (next() && is_blank_or_comment(line_)) {
  }
}

tl::unexpected<Error> Lines::malformed(std::string_view what) const {
  std::string shown;  // of a line of any length, and of any bytes
  for (const char c : line_.substr(0, 60)) shown += c >= ' ' && c < '\x7f' ? c : '?';
  return fail(fmt::format("line {} `{}{}`: {}", number_, shown, line_.size() > 60 ? "..." : "", what));
}

std::optional<Cursor> Cursor::behind(std::string_view literal, std::string_view text) {
  const size_t at = text.find(literal);
  return at == std::string_view::npos ? std::nullopt
                                      : std::optional(Cursor(text.substr(at + literal.size())));
}

bool Cursor::take(std::string_view literal) {
  if (!rest_.starts_with(literal)) return false;
  rest_.remove_prefix(literal.size());
  return true;
}

bool Cursor::take_spaces() {
  const size_t count = std::min(rest_.find_first_not_of(kSpaces), rest_.size());
  rest_.remove_prefix(count);
  return count > 0;
}

bool Cursor::take_number(int64_t& value) {
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (error != std::errc()) return false;
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  return true;
}

bool Cursor::take_hex(uint64_t& value) {
  std::string_view digits = rest_;
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc()) return false;
  rest_ = digits.substr(static_cast<size_t>(end - digits.data()));
  return true;
}

std::string_view Cursor::take_word() {
  const size_t size = std::min(rest_.find_first_of(kSpaces), rest_.size());
  const std::string_view word = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return word;
}

std::optional<int64_t> parse_number(std::string_view text) {
  Cursor cursor(text);
  int64_t value = 0;
  if (text.starts_with("0x")) {
    uint64_t bits = 0;
    if (!cursor.take_hex(bits) || bits > INT64_MAX) return std::nullopt;
    value = static_cast<int64_t>(bits);
  } else if (!cursor.take_number(value)) {
    return std::nullopt;
  }
  return cursor.rest().empty() ? std::optional(value) : std::nullopt;
}

std::optional<std::vector<uint64_t>> parse_addresses(std::string_view text) {
  std::vector<uint64_t> addresses;
  for (size_t at = 0; (at = text.find("0x", at)) != std::string_view::npos;) {
    if (at + 2 >= text.size() || !is_hex_digit(text[at + 2])) {
      at += 2;
      continue;
    }
    Cursor cursor(text.substr(at));
    uint64_t address = 0;
    if (!cursor.take_hex(address)) return std::nullopt;
    addresses.push_back(address);
    at = text.size() - cursor.rest().size();
  }
  return addresses;
}

std::optional<Attribute> parse_attribute(std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return Attribute{trim(line.substr(0, equals)), trim(line.substr(equals + 1))};
}

}  // namespace prof::legacy
