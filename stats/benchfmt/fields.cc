#include "stats/benchfmt/fields.h"

#include <array>
#include <bit>

#include "stats/text/unicode.h"

namespace bench {
namespace {

enum class Byte : unsigned char { kOther, kSpace, kBeyondAscii };
constexpr auto kBytes = [] {
  std::array<Byte, 256> table{};
  for (size_t i = 0x80; i < table.size(); i++) table[i] = Byte::kBeyondAscii;
  for (const unsigned char space : {' ', '\t', '\n', '\v', '\f', '\r'}) table[space] = Byte::kSpace;
  return table;
}();
Byte kind_of(char c) { return kBytes[static_cast<unsigned char>(c)]; }

// The bytes of the space at `at`, which is beyond ASCII; 0 where it is none.
size_t wide_space(const char* at, const char* end) {
  const Rune rune = decode_rune({at, static_cast<size_t>(end - at)});
  return is_space(rune.code) ? rune.size : 0;
}

// Passes over bytes that are neither space, control characters nor beyond ASCII, eight at a time. (Mycroft's
// test for bytes below a bound: a borrow can only come from a byte that is one.)
const char* skip_plain(const char* at, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = kOnes << 7;
  for (uint64_t word = 0; end - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    const uint64_t hits = ((word - kOnes * (' ' + 1)) | word) & kHighs;
    if (hits != 0) return at + std::countr_zero(hits) / 8;
  }
  return at;
}

const char* skip_field(const char* at, const char* end) {
  while (true) {
    at = skip_plain(at, end);
    while (at != end && kind_of(*at) == Byte::kOther) at++;
    if (at == end || kind_of(*at) == Byte::kSpace || wide_space(at, end) != 0) return at;
    at++;
  }
}

const char* skip_space(const char* at, const char* end) {
  while (true) {
    while (at != end && kind_of(*at) == Byte::kSpace) at++;
    if (at == end || kind_of(*at) == Byte::kOther) return at;
    const size_t space = wide_space(at, end);
    if (space == 0) return at;
    at += space;
  }
}

}  // namespace

std::string_view Fields::take() {
  const char* start = at_;
  const char* field_end = skip_field(start, end_);
  at_ = skip_space(field_end, end_);
  return {start, static_cast<size_t>(field_end - start)};
}

bool Fields::take_if(std::string_view field) {
  if (field.empty() || !starts_with(rest(), field)) return false;
  const char* field_end = at_ + field.size();
  if (field_end != end_ && kind_of(*field_end) != Byte::kSpace) return false;
  at_ = skip_space(field_end, end_);
  return true;
}

std::string_view take_field(std::string_view& text) {
  Fields fields(text);
  const std::string_view field = fields.take();
  text = fields.rest();
  return field;
}

}  // namespace bench
