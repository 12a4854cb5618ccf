// The stack tree: the samples of a view merged from the root of their stacks, the data behind every flame
// graph.
//
// Children of a node are merged by function, inlined calls included, and stand in left-heavy order. Nodes too
// narrow to be drawn are not dropped but merged: their parent gets one explicit child that says how many
// frames it stands for, so that every total is that of the whole view.
#pragma once

#include <cstdint>
#include <vector>

#include "flamegraph/frames.h"
#include "libprof/report/view.h"

namespace prof::flame {

struct StackOptions {
  double min_fraction = 0;     // of the whole: narrower nodes are merged into their parent's "other"
  size_t max_nodes = 1 << 20;  // the widest are kept; "other" nodes come on top, at most one a node
};

struct StackNode {
  uint32_t frame = kNoIndex;   // index in StackTree::frames; kNoIndex: the root, or an "other"
  uint32_t parent = kNoIndex;  // kNoIndex: the root
  uint32_t end = 0;            // the subtree of node i is nodes [i, end); its first child, if any, is i + 1,
                               // and the next sibling of a child c is nodes[c].end
  uint32_t depth = 0;          // of the root: 0
  uint32_t merged = 0;         // callees that an "other" stands for; 0: not an "other"
  bool inlined = false;        // in every sample
  int64_t self = 0;
  int64_t total = 0;   // self and the totals of all children
  int64_t weight = 0;  // sum of |value|: the width to draw; equals total in a profile without negative values
};

struct StackFrame : Frame {
  int64_t self = 0;   // over all stacks of the view, pruned or not
  int64_t total = 0;  // likewise; a sample counts once however often the function recurses
};

struct StackTree {
  std::vector<StackNode> nodes;    // preorder; [0] is the root, whose total is that of the view
  std::vector<StackFrame> frames;  // those that nodes name, by name
  bool has_negative = false;
};

// Time is linear in the frames of the view's stacks. Memory beyond the tree: 48 bytes a sample, not a
// frame. Depth is bounded by memory alone. Sums saturate.
StackTree make_stack_tree(const report::View& view, const StackOptions& options);

}  // namespace prof::flame
