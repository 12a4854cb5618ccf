#include "stats/benchfmt/encoding.h"

#include <algorithm>

#include "stats/text/unicode.h"

namespace bench {
namespace {

// Nobody's text begins like that.
struct Compression {
  std::string_view magic, name, command;
};
constexpr Compression kCompressions[] = {{"\x1f\x8b", "gzip", "gzip -dc"},
                                         {"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
                                         {"\xfd\x37zXZ", "xz", "xz -dc"},
                                         {"BZh", "bzip2", "bzip2 -dc"}};

std::string from_utf16(std::string_view data, bool big_endian) {
  const auto unit = [&](size_t i) -> char32_t {
    const auto first = static_cast<unsigned char>(data[i]), second = static_cast<unsigned char>(data[i + 1]);
    return big_endian ? static_cast<char32_t>(first << 8 | second)
                      : static_cast<char32_t>(second << 8 | first);
  };
  std::string text;
  text.reserve(data.size() / 2);
  for (size_t i = 0; i + 1 < data.size(); i += 2) {
    char32_t code = unit(i);
    const bool high = code >= 0xD800 && code <= 0xDBFF;
    if (high && i + 3 < data.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    }
    append_rune(text, code);
  }
  return text;
}

// Without the sequences that colour a terminal's text: ESC [ NUMBERS m, and ESC [ K, by which grep has the
// colour of the background to the end of the line.
std::string without_colors(std::string_view data) {
  std::string text;
  text.reserve(data.size());
  while (!data.empty()) {
    const size_t start = std::min(data.find('\x1b'), data.size());
    text += data.substr(0, start);
    data.remove_prefix(start);
    const size_t end = data.find_first_not_of("0123456789;:", 2);
    const bool is_color =
        data.starts_with("\x1b[") && end != std::string_view::npos && (data[end] == 'm' || data[end] == 'K');
    if (!is_color) text += data.substr(0, 1);
    data.remove_prefix(is_color ? end + 1 : std::min<size_t>(data.size(), 1));
  }
  return text;
}

void leave_out_colors(std::string_view data, Utf8& result) {
  if (data.find("\x1b[") == std::string_view::npos) return;
  result.converted = true;
  result.text = without_colors(data);
}

}  // namespace

prof::Result<Utf8> to_utf8(std::string_view data) {
  for (const Compression& known : kCompressions) {
    if (data.starts_with(known.magic)) {
      return prof::fail("it is compressed (" + std::string(known.name) + ")",
                        "unpack it first, as with " + std::string(known.command));
    }
  }
  constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF", kLittle = "\xFF\xFE", kBig = "\xFE\xFF";
  constexpr const char* kRemedy = "convert it to UTF-8, for example with iconv -t UTF-8";
  Utf8 result;
  if (data.starts_with(kUtf8Mark)) {
    result.skip = kUtf8Mark.size();
    leave_out_colors(data.substr(result.skip), result);
    return result;
  }
  if (data.starts_with(std::string_view("\xFF\xFE\0\0", 4)) ||
      data.starts_with(std::string_view("\0\0\xFE\xFF", 4))) {
    return prof::fail("it is UTF-32", kRemedy);
  }
  if (data.starts_with(kLittle) || data.starts_with(kBig)) {
    result.converted = true;
    result.text = from_utf16(data.substr(2), data.starts_with(kBig));
    leave_out_colors(std::string(result.text), result);
    return result;
  }
  const auto zeros_at = [&](size_t parity) {
    for (size_t i = parity; i < 8; i += 2) {
      if (data[i] != '\0') return false;
    }
    return true;
  };
  if (data.size() >= 8 && zeros_at(0) != zeros_at(1)) {
    return prof::fail("it looks like UTF-16 without a byte order mark", kRemedy);
  }
  leave_out_colors(data, result);
  return result;
}

}  // namespace bench
