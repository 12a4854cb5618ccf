#include "flamegraph/web/top_json.h"

#include <fmt/format.h>

#include <iterator>

#include "flamegraph/text.h"

namespace prof::flame::web {

std::string to_json(const report::Top& top, const std::string& title) {
  std::string json;
  const auto out = std::back_inserter(json);
  fmt::format_to(out, "{{\"title\":{},\"type\":{},\"unit\":{},\"total\":{},\n\"header\":[",
                 json_string(title), json_string(top.value.type), json_string(top.value.unit), top.total);
  for (size_t i = 0; i < top.header.size(); i++) {
    fmt::format_to(out, "{}{}", i > 0 ? "," : "", json_string(top.header[i]));
  }
  fmt::format_to(out, "],\n\"rows\":[");
  for (size_t i = 0; i < top.rows.size(); i++) {
    const report::TopRow& row = top.rows[i];
    fmt::format_to(out, "{}[{},{},{},{},{},{}]", i > 0 ? ",\n" : "", json_string(row.name),
                   static_cast<int>(row.inlining), row.flat, json_string(top.value.format(row.flat)), row.cum,
                   json_string(top.value.format(row.cum)));
  }
  fmt::format_to(out, "]}}\n");
  return json;
}

}  // namespace prof::flame::web
