// A chart: the stack tree of a view and what is written around it. Each export is a function of a
// Chart.
#pragma once

#include <string>
#include <vector>

#include "flamegraph/stack_tree.h"
#include "libprof/report/view.h"

namespace prof::flame {

// What to merge unless told otherwise: less than about a pixel, and never more than a browser takes with
// ease.
struct Limits {
  double min_percent;
  size_t max_nodes;
};
inline constexpr Limits kHtmlLimits{0.01, 100'000};  // some 30 bytes a node: about 6 MB at the very most
inline constexpr Limits kSvgLimits{0.1, 20'000};     // some 350 bytes a node

struct ChartOptions {
  StackOptions stack;
  std::string title;    // empty: "<binary> <sample type>"
  bool icicle = false;  // root at the top
};

struct Chart {
  std::string title;
  std::string type;  // sample type and its unit, as the profile names them
  std::string unit;

  std::vector<std::string> facts;  // when, how long, of how many samples: a short phrase each
  std::vector<std::string>
      notes;  // the profile's comments: achieved rate, drops, truncated stacks; and the view's warnings
  int64_t whole = 0;  // what shares are of, as in the reports: the view's total
  double min_fraction = 0;
  bool icicle = false;
  StackTree tree;
};

Chart make_chart(const report::View& view, const ChartOptions& options);

// What a node is called: its function, "all" for the root, "(other: 12 frames)" for what was merged.
std::string label(const StackTree& tree, const StackNode& node);

// Colours: each frame's group is its module or, where the profile has but one, its package: the name up to
// the last
// "::" or package dot, without templates.
struct Groups {
  std::vector<std::string> names;  // heaviest first, by self value
  std::vector<uint32_t> of_frame;  // index in names
};
Groups group_frames(const StackTree& tree);

// Of a frame in a difference: "grew1" to "grew5", "shrank1" to "shrank5", "other". By the root of the share
// of `weight`, old plus new, that its total changed by: 5 where nearly all is new or gone, 3 for half as much
// again (0.45 of it), 1 for what sampling alone may do.
std::string change_class(int64_t total, int64_t weight);

}  // namespace prof::flame
