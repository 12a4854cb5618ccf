// Where JSON objects stand in text: several outputs in one file, and what a program prints around its own.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace bench {

struct JsonDocument {
  std::string_view text;
  size_t line;  // of its brace
};

// The objects that begin the text, a line, or what is behind another one; anything else is passed over. The
// last one may not be whole, and none need be JSON: a brace outside of strings closes another.
std::vector<JsonDocument> json_documents(std::string_view data);

}  // namespace bench
