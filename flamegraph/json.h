// A chart as JSON: what `prof web` serves at /flamegraph.json and what the HTML export carries inside.
//
//   {"title", "type", "unit", "total", "facts": [...], "notes": [...], "min_percent", "icicle",
//    "groups": [name...],                       colours, heaviest first
//    "modules": [...], "files": [...],          named by frames
//    "frames": [[name, group, module, file, self, total]...],
//    "nodes": {"depth": [...], "code": [...], "self": [...], "weight": [...]}}
//
// Nodes stand in preorder, so depth alone gives the tree, and self its totals. A node's code is -1 for the
// root, 2 x frame, plus 1 where it is inlined, and -1 - N for an "other" of N frames. "weight", the sum of
// |value| of the node itself, is there only in a profile with negative values; elsewhere it is self. Shares
// are of "total", as in the reports: not of the root's total, which filters and differences make another.
#pragma once

#include <string>

#include "flamegraph/chart.h"

namespace prof::flame {

// Valid UTF-8 whatever the profile holds, and without "<", so that it can stand in an HTML script element.
std::string to_json(const Chart& chart);

}  // namespace prof::flame
