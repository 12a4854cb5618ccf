// `tree`: every node between its callers and its callees; `peek`: those whose name matches, untrimmed.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/value.h"
#include "libprof/report/view.h"

namespace prof::report {

struct TreeEdge {
  std::string name;  // of the other end
  int64_t weight = 0;
  bool is_inline = false;
};

struct TreeNode {
  std::string name;
  int64_t flat = 0;
  int64_t cum = 0;
  std::vector<TreeEdge> callers, callees;  // heaviest first
};

struct Tree {
  std::vector<std::string> header;
  Value value;
  int64_t total = 0;
  bool is_empty = true;  // the graph has no nodes at all
  std::vector<TreeNode> nodes;
};

Tree tree(const View& view);
// Fails where `expression` is no regular expression or matches no name.
Result<Tree> peek(const View& view, const std::string& expression);
std::string print(const Tree& tree);

}  // namespace prof::report
