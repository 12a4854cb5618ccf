#include "libprof/symbols/rust.h"

#include "libprof/symbols/punycode.h"
#include "libprof/symbols/rust_parser.h"

namespace prof::symbols {

std::optional<std::string> RustParser::run() {
  path(true);
  if (peek() >= 'A' && peek() <= 'Z') silently([&] { path(false); });  // the crate that instantiated it
  // What the compiler appended (".llvm.123") is for its own use.
  if (ok_ && at_ < text_.size() && text_[at_] != '.' && text_[at_] != '$') ok_ = false;
  return ok_ ? std::optional(out_) : std::nullopt;
}

uint64_t RustParser::base62() {
  if (take('_')) return 0;
  uint64_t value = 0;
  while (ok_) {
    const char c = next();
    if (c == '_') return value + 1;
    uint64_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'z') {
      digit = static_cast<uint64_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'Z') {
      digit = static_cast<uint64_t>(c - 'A') + 36;
    } else {
      ok_ = false;
    }
    if (value > (UINT64_MAX - digit) / 62) ok_ = false;
    value = value * 62 + digit;
  }
  return 0;
}

uint64_t RustParser::disambiguator() { return take('s') ? base62() + 1 : 0; }

std::string RustParser::identifier() {
  const bool is_punycode = take('u');
  size_t size = 0;
  if (!is_digit(peek())) ok_ = false;
  if (!take('0')) {
    while (is_digit(peek())) {
      size = size * 10 + static_cast<size_t>(next() - '0');
      if (size > text_.size()) ok_ = false;
    }
  }
  take('_');
  if (!ok_ || size > text_.size() - at_) {
    ok_ = false;
    return "";
  }
  const std::string_view name = text_.substr(at_, size);
  at_ += size;
  std::string decoded;
  if (!is_punycode) return std::string(name);
  return decode_punycode(name, decoded) ? decoded : "{" + std::string(name) + "}";
}

void RustParser::path(bool is_value) {
  const Step step(*this);
  switch (next()) {
    case 'C':
      disambiguator();
      write(identifier());
      break;
    case 'N':
      nested(is_value);
      break;
    case 'M':
      impl_path();
      write("<");
      type();
      write(">");
      break;
    case 'X':
      impl_path();
      [[fallthrough]];
    case 'Y':
      write("<");
      type();
      write(" as ");
      path(false);
      write(">");
      break;
    case 'I':
      path(is_value);
      write(is_value ? "::<" : "<");
      for (bool is_first = true; ok_ && !take('E'); is_first = false) {
        if (!is_first) write(", ");
        generic_argument();
      }
      write(">");
      break;
    case 'B':
      back_reference([&] { path(is_value); });
      break;
    default:
      ok_ = false;
  }
}

void RustParser::nested(bool is_value) {
  const char space = next();
  path(is_value);
  const uint64_t number = disambiguator();
  const std::string name = identifier();
  if (space >= 'a' && space <= 'z') {
    if (!name.empty()) write("::" + name);
  } else if (space >= 'A' && space <= 'Z') {
    write("::{");
    write(space == 'C' ? "closure" : space == 'S' ? "shim" : std::string_view(&space, 1));
    if (!name.empty()) write(":" + name);
    write("#" + std::to_string(number) + "}");
  } else {
    ok_ = false;
  }
}

void RustParser::impl_path() {
  disambiguator();
  silently([&] { path(false); });
}

void RustParser::generic_argument() {
  if (take('L')) {
    lifetime(base62());
  } else if (take('K')) {
    constant();
  } else {
    type();
  }
}

std::optional<std::string> demangle_rust(std::string_view linker_name) {
  if (!linker_name.starts_with("_R") || linker_name.size() < 3) return std::nullopt;
  if (linker_name[2] < 'A' || linker_name[2] > 'Z') return std::nullopt;  // a version to come
  return RustParser(linker_name.substr(2)).run();
}

}  // namespace prof::symbols
