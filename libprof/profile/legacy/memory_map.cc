#include "libprof/profile/legacy/memory_map.h"

#include <algorithm>

namespace prof::legacy {
namespace {

// More than any file has by nature; the bounds keep $names that stand for each other from growing without
// end.
constexpr size_t kMaxMappings = 1 << 16, kMaxNames = 1000, kMaxLine = 1 << 16;

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// "08:01": the device in /proc/PID/maps.
bool is_device(std::string_view text) {
  const size_t colon = text.find(':');
  return colon != std::string_view::npos && is_hex(text.substr(0, colon)) && is_hex(text.substr(colon + 1));
}

bool is_permissions(std::string_view text) {
  return !text.empty() && text.find_first_not_of("-rwxp") == std::string_view::npos;
}

struct Entry {
  DraftMapping mapping;
  bool is_executable = true;
};

std::optional<Entry> parse_entry(std::string_view line) {
  Entry entry;
  DraftMapping& m = entry.mapping;
  Cursor cursor(line);
  if (!cursor.skip_spaces().take_hex(m.start)) return std::nullopt;
  const bool has_spaces = cursor.take_spaces(), has_dash = cursor.take("-");
  const bool is_apart = has_spaces || has_dash;
  if (!is_apart || !cursor.skip_spaces().take_hex(m.limit)) return std::nullopt;
  cursor.take(":");
  if (!cursor.rest().empty() && !cursor.take_spaces()) return entry;

  std::string_view words[6];
  for (std::string_view& word : words) {
    word = cursor.take_word();
    cursor.take_spaces();
  }
  const std::string_view* next = words;
  if (is_permissions(*next)) entry.is_executable = next++->find('x') != std::string_view::npos;
  const bool has_offset = is_hex(next[0]) && is_device(next[1]) && is_digits(next[2]);
  if (has_offset || (is_device(next[0]) && is_digits(next[1]))) {  // as the kernel writes it
    if (has_offset && !Cursor(next[0]).take_hex(m.offset)) return std::nullopt;
    m.file = next[has_offset ? 3 : 2];
    return entry;
  }
  const auto offset = [&](std::string_view word) {  // "(@1000)"
    Cursor at(word);
    return at.take("(@") && at.take_hex(m.offset) && at.rest() == ")";
  };
  if (!next->starts_with("(@")) m.file = *next++;
  if (offset(*next)) next++;
  if (is_hex(*next)) m.build_id = *next;
  return entry;
}

std::string_view without_log_prefix(std::string_view line) {
  const size_t bracket = line.find_first_of("[]");
  if (bracket == std::string_view::npos || line[bracket] != ']') return line;
  const size_t colon = line.rfind(':', bracket);
  const std::string_view rest = line.substr(bracket + 1);
  const bool is_prefix = colon != std::string_view::npos && colon > 0 &&
                         is_digits(line.substr(colon + 1, bracket - colon - 1)) && trim(rest) != rest;
  return is_prefix ? rest : line;
}

struct Name {
  std::string name, value;  // "$name"
};

std::string substitute(std::string_view line, const std::vector<Name>& names) {
  std::string text;
  for (size_t at = 0; at < line.size() && text.size() <= kMaxLine;) {
    const auto known =
        line[at] != '$' ? names.end() : std::find_if(names.begin(), names.end(), [&](const Name& n) {
          return line.substr(at).starts_with(n.name);
        });
    if (known == names.end()) {
      text += line[at++];
    } else {
      text += known->value;
      at += known->name.size();
    }
  }
  return text;
}

}  // namespace

Result<std::vector<DraftMapping>> read_memory_map(Lines& lines) {
  std::vector<DraftMapping> mappings;
  std::vector<Name> names;
  while (lines.next()) {
    const std::string line = substitute(without_log_prefix(lines.line()), names);
    if (line.size() > kMaxLine) return lines.malformed("it is too long for a line of a memory map");
    if (const auto entry = parse_entry(line)) {
      if (entry->is_executable) mappings.push_back(entry->mapping);
      if (mappings.size() > kMaxMappings) return lines.malformed("there are more than 65536 mappings");
    } else if (const auto attribute = parse_attribute(line); attribute && !attribute->key.empty()) {
      names.push_back({"$" + std::string(attribute->key), std::string(attribute->value)});
      if (names.size() > kMaxNames) return lines.malformed("there are more than 1000 names");
    }
  }
  return mappings;
}

Result<std::vector<DraftMapping>> find_memory_map(Lines& lines) {
  while (!is_memory_map_heading(lines.line()) && lines.next()) {
  }
  return read_memory_map(lines);
}

}  // namespace prof::legacy
