// What the readers of JSON share. Nothing here throws.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "stats/benchfmt/formats.h"

namespace bench {

using Json = nlohmann::ordered_json;

// The error names the format that the file starts like.
inline prof::Result<Json> parse_json(std::string_view data, const Source& source, const char* format) {
  Json json = Json::parse(data, nullptr, false);
  if (json.is_discarded())
    return prof::fail("cannot read " + source.file + ": it starts like " + format + " but is not whole JSON");
  return json;
}

// The member, or null where there is none or `json` is no object.
inline const Json& member(const Json& json, const char* key) {
  static const Json null;
  if (!json.is_object()) return null;
  const auto found = json.find(key);
  return found == json.end() ? null : *found;
}

inline std::optional<double> number_of(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  return json.get<double>();
}

inline std::string text_of(const Json& json) { return json.is_string() ? json.get<std::string>() : ""; }

inline bool has_keys(std::string_view data, std::initializer_list<std::string_view> keys) {
  if (!is_json(data)) return false;
  for (const auto key : keys) {
    if (data.find("\"" + std::string(key) + "\"") == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace bench
