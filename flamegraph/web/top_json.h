// The rows of `prof top` as JSON, for the page and for whoever asks for /top.json:
//
//   {"title", "type", "unit", "total", "header": [...],
//    "rows": [[name, inlining, flat, flat as written, cum, cum as written]...]}
//
// inlining: 0 never, 1 in some calls, 2 in all.
#pragma once

#include <string>

#include "libprof/report/top.h"

namespace prof::flame::web {

// Without "<" (flamegraph/text.h).
std::string to_json(const report::Top& top, const std::string& title);

}  // namespace prof::flame::web
