#include <array>

#include "libprof/symbols/punycode.h"
#include "libprof/symbols/rust_parser.h"

namespace prof::symbols {
namespace {

constexpr std::array<const char*, 26> kBasicTypes = {
    "i8",   "bool", "char", "f64",   "str",   "f32", nullptr, "u8", "isize", "usize", nullptr, "i32", "u32",
    "i128", "u128", "_",    nullptr, nullptr, "i16", "u16",   "()", "...",   nullptr, "i64",   "u64", "!"};

}  // namespace

void RustParser::lifetime(uint64_t index) {
  if (index == 0) return write("'_");
  if (index > lifetimes_) {
    ok_ = false;
    return;
  }
  const uint64_t depth = lifetimes_ - index;
  write(depth < 26 ? std::string("'") + static_cast<char>('a' + depth) : "'_" + std::to_string(depth));
}

// Writes "for<'a, 'b> " where lifetimes are bound, and binds them for `inside`.
template <typename Inside>
void RustParser::bound(Inside inside) {
  const uint64_t count = take('G') ? base62() + 1 : 0;
  if (count > text_.size()) ok_ = false;
  const uint64_t outside = lifetimes_;
  if (ok_ && count > 0) {
    write("for<");
    for (uint64_t i = 0; ok_ && i < count; i++) {
      if (i > 0) write(", ");
      lifetimes_++;
      lifetime(1);
    }
    write("> ");
  }
  inside();
  lifetimes_ = outside;
}

void RustParser::type() {
  const Step step(*this);
  const char c = next();
  if (c >= 'a' && c <= 'z') {
    const char* name = kBasicTypes[static_cast<size_t>(c - 'a')];
    if (name == nullptr) ok_ = false;
    return write(name != nullptr ? name : "");
  }
  switch (c) {
    case 'R':
    case 'Q':
      write("&");
      if (take('L')) {
        if (const uint64_t index = base62(); index != 0) {
          lifetime(index);
          write(" ");
        }
      }
      if (c == 'Q') write("mut ");
      type();
      break;
    case 'P':
    case 'O':
      write(c == 'P' ? "*const " : "*mut ");
      type();
      break;
    case 'A':
    case 'S':
      write("[");
      type();
      if (c == 'A') {
        write("; ");
        constant();
      }
      write("]");
      break;
    case 'T': {
      write("(");
      int count = 0;
      for (; ok_ && !take('E'); count++) {
        if (count > 0) write(", ");
        type();
      }
      write(count == 1 ? ",)" : ")");
      break;
    }
    case 'F':
      bound([&] { function(); });
      break;
    case 'D':
      write("dyn ");
      bound([&] {
        for (bool is_first = true; ok_ && !take('E'); is_first = false) {
          if (!is_first) write(" + ");
          trait();
        }
      });
      if (!take('L')) ok_ = false;
      if (const uint64_t index = base62(); index != 0) {
        write(" + ");
        lifetime(index);
      }
      break;
    case 'B':
      back_reference([&] { type(); });
      break;
    default:
      if (ok_) at_--;
      path(false);
  }
}

void RustParser::function() {
  if (take('U')) write("unsafe ");
  if (take('K')) {
    std::string abi = take('C') ? "C" : identifier();
    for (char& c : abi) c = c == '_' ? '-' : c;
    write("extern \"" + abi + "\" ");
  }
  write("fn(");
  for (bool is_first = true; ok_ && !take('E'); is_first = false) {
    if (!is_first) write(", ");
    type();
  }
  write(")");
  if (take('u')) return;  // nothing returned
  write(" -> ");
  type();
}

// A trait with what its associated types are, which share its angle brackets.
void RustParser::trait() {
  const size_t before = out_.size();
  path(false);
  bool is_open = false;
  while (take('p')) {
    if (!is_open && ok_ && !is_silent_ && out_.size() > before && out_.back() == '>') {
      out_.pop_back();
      write(", ");
    } else {
      write(is_open ? ", " : "<");
    }
    is_open = true;
    write(identifier() + " = ");
    type();
  }
  if (is_open) write(">");
}

void RustParser::constant() {
  const Step step(*this);
  const char c = next();
  if (c == 'p') return write("_");
  if (c == 'B') return back_reference([&] { constant(); });
  const bool is_negative = take('n');
  std::string digits;
  for (char d = next(); ok_ && d != '_'; d = next()) {
    if (!is_digit(d) && (d < 'a' || d > 'f')) ok_ = false;
    digits += d;
  }
  if (!ok_) return;
  const bool is_short = digits.size() <= 16;
  const uint64_t value = is_short && !digits.empty() ? std::stoull(digits, nullptr, 16) : 0;
  if (c == 'b') return write(value != 0 ? "true" : "false");
  if (c == 'c') {
    std::string text = "'";
    add_utf8(static_cast<uint32_t>(value > 0x10ffff ? 0xfffd : value), text);
    return write(text + "'");
  }
  constexpr std::string_view kIntegers = "asxlnihtymoj";
  if (kIntegers.find(c) == std::string_view::npos) {
    ok_ = false;
    return;
  }
  write(is_negative ? "-" : "");
  write(is_short ? std::to_string(value) : "0x" + digits);
}

}  // namespace prof::symbols
