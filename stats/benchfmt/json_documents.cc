#include "stats/benchfmt/json_documents.h"

#include <algorithm>

#include "stats/benchfmt/formats.h"

namespace bench {
namespace {

// Behind the brace that closes the first one; the size of all where none does.
size_t object_end(std::string_view data) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < data.size(); i++) {
    switch (data[i]) {
      case '\\':
        if (in_string) i++;
        break;
      case '"':
        in_string = !in_string;
        break;
      case '{':
        depth += in_string ? 0 : 1;
        break;
      case '}':
        if (!in_string && --depth == 0) return i + 1;
        break;
      default:
        break;
    }
  }
  return data.size();
}

}  // namespace

std::vector<JsonDocument> json_documents(std::string_view data) {
  std::vector<JsonDocument> documents;
  size_t line = 1;
  const auto pass = [&](size_t bytes) {
    line += static_cast<size_t>(std::count(data.begin(), data.begin() + static_cast<ptrdiff_t>(bytes), '\n'));
    data.remove_prefix(bytes);
  };
  while (true) {
    const size_t start = is_json(data) ? data.find('{') : data.find("\n{");
    if (start == std::string_view::npos) return documents;
    pass(data[start] == '\n' ? start + 1 : start);
    documents.push_back({data.substr(0, object_end(data)), line});
    pass(documents.back().text.size());
  }
}

}  // namespace bench
