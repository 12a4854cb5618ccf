// Pictures of graphs, by Graphviz' program `dot`.
#pragma once

#include <string>

#include "libprof/base/error.h"

namespace prof::cmd {

// `graph`, in DOT, as `dot -T<type>` draws it. Fails where there is no `dot`, or it fails; its own messages
// go to standard error. SVG is made to fill its window and to follow the mouse.
Result<std::string> draw_graph(const std::string& graph, const std::string& type);

}  // namespace prof::cmd
