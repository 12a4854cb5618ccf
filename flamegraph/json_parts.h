// JSON that is written piece by piece, for documents that are longer than memory should hold.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "libprof/base/file_parts.h"

namespace prof::flame {

// Valid UTF-8 whatever is in its strings.
inline std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Puts what a list has between its brackets.
class List {
 public:
  explicit List(const Put& put) : put_(put) {}
  void add(std::string_view item) {
    if (!is_first_) put_(",");
    is_first_ = false;
    put_(item);
  }

 private:
  const Put& put_;
  bool is_first_ = true;
};

}  // namespace prof::flame
