// The call graph as a picture shows it: the nodes that say most, their tags, and no edges that others imply.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libprof/report/graph.h"
#include "libprof/report/view.h"

namespace prof::report {

struct NodeTag {
  std::string name;
  std::string unit;  // of value; "" for text
  int64_t value = 0;
  Sum flat, cum;
};

// What the samples of a node are tagged with. Text: all of a sample's as one, "key:value" lines, as DOT has
// them. Numbers: those named "bytes", by the text that their sample has.
struct NodeTags {
  std::map<std::string, NodeTag> text;
  std::map<std::string, std::map<std::string, NodeTag>> numbers;
};

struct Picture {
  Graph graph;
  std::vector<NodeTags> tags;  // by node; only of those shown
};

Picture make_picture(const View& view);

// Heaviest first: by flat, or by cum and flat.
std::vector<NodeTag> sorted(const std::map<std::string, NodeTag>& tags, bool by_flat);

inline constexpr size_t kMaxTags = 4;  // drawn beside a node

}  // namespace prof::report
