// The lines above a report.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/graph.h"
#include "libprof/report/view.h"

namespace prof::report {

// About the profile: file, build id, comments, type, time (local time zone), duration against the total.
std::vector<std::string> profile_header(const View& view, const Value& value);

// The same (less with compact_labels), then the filters, what is shown and what was left out. `is_picture`:
// always in full, and where to learn to read it.
std::vector<std::string> graph_header(const View& view, const Graph& graph, bool is_picture = false);

std::string join_lines(const std::vector<std::string>& lines);  // each with its newline

}  // namespace prof::report
