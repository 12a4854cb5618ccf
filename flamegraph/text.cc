#include "flamegraph/text.h"

#include <cstdint>

#include "libprof/base/markup.h"
#include "libprof/base/utf8.h"

namespace prof::flame {
namespace {

constexpr std::string_view kEllipsis = "\u2026";
constexpr std::string_view kReplacement = "\ufffd";

bool continues(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  for (const char byte : text) columns += continues(byte) ? 0 : 1;
  return columns;
}

// "operator<", "operator()", "operator->", "->" and "=>" are no brackets.
bool is_bracket(std::string_view name, size_t at) {
  const std::string_view before = name.substr(0, at);
  if (name[at] == '>' && (before.ends_with('-') || before.ends_with('='))) return false;
  for (const std::string_view name_of_one : {"operator", "operator<", "operator>", "operator("}) {
    if (before.ends_with(name_of_one)) return false;
  }
  return true;
}

// Every outermost bracketed part becomes "<...>"; the name as it is where brackets do not pair, or where
// nothing but a bracket would be left of it.
std::string collapse(std::string_view name, char open, char close) {
  std::string out;
  size_t depth = 0, begin = 0;
  for (size_t i = 0; i < name.size(); i++) {
    if ((name[i] == open || name[i] == close) && !is_bracket(name, i)) {
      if (depth == 0) out += name[i];
      continue;
    }
    if (name[i] == open && depth++ == 0) begin = i;
    if (depth == 0) out += name[i];
    if (name[i] != close) continue;
    if (depth == 0) return std::string(name);
    if (--depth > 0) continue;
    const std::string_view inner = name.substr(begin + 1, i - begin - 1);
    if (begin == 0 || inner.size() <= 1 || inner == "anonymous namespace") {
      out += name.substr(begin, i - begin + 1);
    } else {
      out.append(1, open).append(kEllipsis).append(1, close);
    }
  }
  return depth == 0 ? out : std::string(name);
}

// Where the first namespace ends: past a "::" that stands in no bracket; 0 where there is none.
size_t namespace_end(std::string_view name) {
  size_t depth = 0;
  for (size_t i = 0; i < name.size(); i++) {
    if (depth == 0 && name.substr(i, 2) == "::") return i + 2;
    if (!is_bracket(name, i)) continue;
    if (name[i] == '<' || name[i] == '(') depth++;
    if ((name[i] == '>' || name[i] == ')') && depth > 0) depth--;
  }
  return 0;
}

}  // namespace

std::string shorten(std::string_view name, size_t columns) {
  if (columns_of(name) <= columns) return std::string(name);
  if (columns < 3) return "";
  std::string collapsed = collapse(name, '(', ')');
  if (columns_of(collapsed) > columns) collapsed = collapse(collapsed, '<', '>');
  std::string_view text = collapsed;
  size_t width = columns_of(text);
  for (size_t end; width > columns && (end = namespace_end(text)) > 0; text.remove_prefix(end)) {
    width -= columns_of(text.substr(0, end));
  }
  if (width <= columns) return std::string(text);
  size_t end = 0;
  for (size_t kept = 0; kept < columns; end++) {
    if (!continues(text[end]) && ++kept == columns) break;
  }
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text, i);
    const auto byte = static_cast<uint8_t>(text[i]);
    if (text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
      out += ' ';
    } else if (length == 0 || byte < 0x20 || byte == 0x7f || text.substr(i, 2) == "\xc2\x85") {
      out += kReplacement;
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

std::string escape(std::string_view text) { return escape_markup(printable(text)); }

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace prof::flame
