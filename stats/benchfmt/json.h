// What the readers of JSON share: parsing, with the line on which each entry of a list begins, and looking
// things up. Nothing here throws.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "stats/benchfmt/formats.h"

namespace bench {

using Json = nlohmann::ordered_json;

// Strings are made printable(): they are names and messages, and end up on terminals and in logs. The error
// names the format that the file starts like, and the line on which it is broken; `line` is that on
// which the data begin.
prof::Result<Json> parse_json(std::string_view data, const Source& source, const char* format,
                              size_t line = 1);

// Where an object stands that is an entry of a list, or the whole document: the line of its brace. nlohmann
// keeps no places, so parse_json() puts it into the object, under a key that no file can have: it is no
// UTF-8.
constexpr const char* kLineKey = "\xFF";

// The member, or null where there is none or `json` is no object.
inline const Json& member(const Json& json, const char* key) {
  static const Json null;
  if (!json.is_object()) return null;
  const auto found = json.find(key);
  return found == json.end() ? null : *found;
}

// Reports what is wrong with an entry of a list, on the line where it begins; where the entry is no object,
// on that of the document.
inline void entry_problem(const Source& source, const Json& document, const Json& entry,
                          const std::string& message) {
  const Json& line = member(entry.is_object() ? entry : document, kLineKey);
  return line.is_number_unsigned() ? source.problem(line.get<size_t>(), message) : source.note(message);
}

inline std::optional<double> number_of(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  return json.get<double>();
}

// The text of a string, of others as JSON has them.
inline std::string printed(const Json& json) {
  return json.is_string() ? json.get<std::string>()
                          : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline std::string text_of(const Json& json) { return json.is_string() ? json.get<std::string>() : ""; }

// Calls visit(number, index) for each number of a list, and reports the others as a problem of `entry`.
template <typename Visit>
void for_each_number(const Json& list, const char* name, const Source& source, const Json& document,
                     const Json& entry, Visit visit) {
  if (!list.is_array()) return;
  for (size_t i = 0; i < list.size(); i++) {
    if (const auto number = number_of(list[i])) {
      visit(*number, i);
    } else {
      entry_problem(source, document, entry,
                    std::string(name) + "[" + std::to_string(i) + "] is not a number and left out");
    }
  }
}

inline bool has_keys(std::string_view data, std::initializer_list<std::string_view> keys) {
  if (!is_json(data)) return false;
  for (const auto key : keys) {
    if (data.find("\"" + std::string(key) + "\"") == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace bench
