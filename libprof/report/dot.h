// `dot`: the call graph in Graphviz's language, for `dot -Tsvg` and its kin.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::report {

std::string print_dot(const View& view);

// A function's name as boxes show it: without package path, parameters or outer namespaces.
std::string short_name(const std::string& name);

}  // namespace prof::report
