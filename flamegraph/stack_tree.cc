#include "flamegraph/stack_tree.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>

namespace prof::flame {
namespace {

int64_t add(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

int64_t magnitude(int64_t value) {
  if (value == std::numeric_limits<int64_t>::min()) return std::numeric_limits<int64_t>::max();
  return value < 0 ? -value : value;
}

constexpr size_t kPrefetch = 12;  // cursors ahead

// A sample on its way from the root to its leaf.
struct Cursor {
  const uint32_t* stack;  // leaf first
  int64_t value;
  uint32_t left;  // locations not yet passed; the next is stack[left - 1]
  uint32_t line;  // frames of that location already passed
};

// Grows the tree from the root by expanding the widest node first. A node owns a range of `cursors_`;
// expanding it sorts that range by the next frame (a counting sort, so the cost is that of the range) and
// gives each child its part. What is too narrow is counted and forgotten, so that its stacks are never walked
// further.
class Grower {
 public:
  Grower(const report::View& view, const FrameTable& table, const StackOptions& options)
      : table_(table), options_(options), slot_(table.size(), kNoIndex) {
    start(view);
    std::priority_queue<Wide> queue;
    queue.push({nodes_[0].weight, 0});
    while (!queue.empty()) {
      const uint32_t node = queue.top().node;
      queue.pop();
      const size_t before = nodes_.size();
      expand(node);
      for (size_t child = before; child < nodes_.size(); child++) {
        if (nodes_[child].merged == 0) queue.push({nodes_[child].weight, static_cast<uint32_t>(child)});
      }
    }
  }

  // Parents before children; frames are ids of the table; `end` is not set.
  std::vector<StackNode>& nodes() { return nodes_; }
  bool has_negative() const { return has_negative_; }

 private:
  struct Wide {
    int64_t weight;
    uint32_t node;
    bool operator<(const Wide& other) const {
      return weight != other.weight ? weight < other.weight : node > other.node;
    }
  };
  struct Range {
    size_t begin, end;
  };
  struct Child {
    uint32_t frame;
    size_t count = 0;
    size_t place = 0;
    int64_t total = 0, weight = 0;
    bool inlined = true;
    bool kept = false;
  };

  void start(const report::View& view) {
    StackNode root;
    cursors_.reserve(view.profile().sample_count());
    for (size_t i = 0; i < view.profile().sample_count(); i++) {
      const int64_t value = view.value().of(view.profile(), i);
      if (value == 0 || !view.keeps(i)) continue;
      const auto stack = view.stack(i);
      cursors_.push_back({stack.data(), value, static_cast<uint32_t>(stack.size()), 0});
      skip_hidden(cursors_.back());
      root.total = add(root.total, value);
      root.weight = add(root.weight, magnitude(value));
      has_negative_ |= value < 0;
    }
    scratch_.resize(cursors_.size());
    keys_.resize(cursors_.size());
    min_weight_ = options_.min_fraction * static_cast<double>(root.weight);
    nodes_.push_back(root);
    ranges_.push_back({0, cursors_.size()});
  }

  void skip_hidden(Cursor& cursor) const {
    while (cursor.left > 0 && table_.of_location(cursor.stack[cursor.left - 1]).empty()) cursor.left--;
  }

  void expand(uint32_t node) {
    const Range range = ranges_[node];
    children_.clear();
    for (size_t i = range.begin; i < range.end; i++) {
      // Neighbours' stacks lie anywhere: without this, nearly every step waits for memory.
      const Cursor& ahead = cursors_[std::min(i + kPrefetch, range.end - 1)];
      if (ahead.left > 0) __builtin_prefetch(ahead.stack + ahead.left - 1);
      count(node, i);
    }
    keep_wide();
    place(node, range.begin);
    for (size_t i = range.begin; i < range.end; i++) move(i);
    std::copy(scratch_.begin() + static_cast<ptrdiff_t>(range.begin),
              scratch_.begin() + static_cast<ptrdiff_t>(kept_end_),
              cursors_.begin() + static_cast<ptrdiff_t>(range.begin));
    for (const Child& child : children_) slot_[child.frame] = kNoIndex;
  }

  void count(uint32_t node, size_t i) {
    const Cursor& cursor = cursors_[i];
    if (cursor.left == 0) {
      nodes_[node].self = add(nodes_[node].self, cursor.value);
      keys_[i] = kNoIndex;
      return;
    }
    const uint32_t frame = table_.of_location(cursor.stack[cursor.left - 1])[cursor.line];
    if (slot_[frame] == kNoIndex) {
      slot_[frame] = static_cast<uint32_t>(children_.size());
      children_.push_back({.frame = frame});
    }
    Child& child = children_[slot_[frame]];
    child.count++;
    child.total = add(child.total, cursor.value);
    child.weight = add(child.weight, magnitude(cursor.value));
    child.inlined &= cursor.line > 0;
    keys_[i] = slot_[frame];
  }

  void keep_wide() {
    size_t wide = 0;
    for (Child& child : children_) {
      child.kept = static_cast<double>(child.weight) >= min_weight_;
      wide += child.kept ? 1 : 0;
    }
    if (kept_nodes_ + wide > options_.max_nodes) {
      for (Child& child : children_) child.kept = false;
    } else {
      kept_nodes_ += wide;
    }
  }

  void place(uint32_t node, size_t begin) {
    StackNode other;
    kept_end_ = begin;
    for (Child& child : children_) {
      if (!child.kept) {
        other.merged++;
        other.total = add(other.total, child.total);
        other.weight = add(other.weight, child.weight);
        continue;
      }
      StackNode grown;
      grown.frame = child.frame;
      grown.parent = node;
      grown.depth = nodes_[node].depth + 1;
      grown.inlined = child.inlined;
      grown.total = child.total;
      grown.weight = child.weight;
      nodes_.push_back(grown);
      child.place = kept_end_;
      kept_end_ += child.count;
      ranges_.push_back({child.place, kept_end_});
    }
    if (other.merged == 0) return;
    other.parent = node;
    other.depth = nodes_[node].depth + 1;
    other.self = other.total;
    nodes_.push_back(other);
    ranges_.push_back({0, 0});
  }

  void move(size_t i) {
    if (keys_[i] == kNoIndex || !children_[keys_[i]].kept) return;
    Cursor next = cursors_[i];
    if (++next.line == table_.of_location(next.stack[next.left - 1]).size()) {
      next.line = 0;
      next.left--;
      skip_hidden(next);
    }
    scratch_[children_[keys_[i]].place++] = next;
  }

  const FrameTable& table_;
  const StackOptions& options_;
  std::vector<StackNode> nodes_;
  std::vector<Range> ranges_;  // of each node
  std::vector<Cursor> cursors_, scratch_;
  std::vector<uint32_t> keys_;   // position in children_ of the next frame of each cursor
  std::vector<uint32_t> slot_;   // position in children_ of each frame; all kNoIndex between expansions
  std::vector<Child> children_;  // of the node being expanded
  size_t kept_end_ = 0;          // likewise: the end of its children's ranges
  size_t kept_nodes_ = 1;
  double min_weight_ = 0;
  bool has_negative_ = false;
};

// The table's frames that the tree names, numbered anew by rank of their text: comparing ranks compares
// names.
struct Ranks {
  std::vector<uint32_t> of_frame;  // kNoIndex: not in the tree
  std::vector<StackFrame> frames;  // by rank
};

Ranks rank_frames(const std::vector<StackNode>& nodes, const FrameTable& table) {
  Ranks ranks{std::vector<uint32_t>(table.size(), kNoIndex), {}};
  std::vector<std::pair<StackFrame, uint32_t>> used;
  for (const StackNode& node : nodes) {
    if (node.frame == kNoIndex || ranks.of_frame[node.frame] != kNoIndex) continue;
    ranks.of_frame[node.frame] = 0;
    used.push_back({StackFrame{table.frame(node.frame)}, node.frame});
  }
  std::sort(used.begin(), used.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.name, a.first.file, a.second) < std::tie(b.first.name, b.first.file, b.second);
  });
  for (auto& [frame, id] : used) {
    ranks.of_frame[id] = static_cast<uint32_t>(ranks.frames.size());
    ranks.frames.push_back(std::move(frame));
  }
  return ranks;
}

// Preorder with left-heavy children: widest first, by name where equally wide, "other" last.
std::vector<StackNode> in_preorder(const std::vector<StackNode>& grown) {
  const size_t size = grown.size();
  std::vector<uint32_t> first(size + 1, 0), children(size - 1);
  for (size_t i = 1; i < size; i++) first[grown[i].parent + 1]++;
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (uint32_t i = 1; i < size; i++) children[next[grown[i].parent]++] = i;

  // kNoIndex, the frame of an "other", is the greatest; it must also come after narrower siblings.
  const auto left_of = [&](uint32_t a, uint32_t b) {
    const StackNode &x = grown[a], &y = grown[b];
    if ((x.merged > 0) != (y.merged > 0)) return y.merged > 0;
    return x.weight != y.weight ? x.weight > y.weight : x.frame < y.frame;
  };
  std::vector<StackNode> nodes;
  nodes.reserve(size);
  std::vector<std::pair<uint32_t, uint32_t>> pending{{0, kNoIndex}};  // (grown node, its parent in `nodes`)
  while (!pending.empty()) {
    const auto [node, parent] = pending.back();
    pending.pop_back();
    const auto placed = static_cast<uint32_t>(nodes.size());
    nodes.push_back(grown[node]);
    nodes.back().parent = parent;
    nodes.back().end = placed + 1;
    const auto begin = children.begin() + first[node], end = children.begin() + first[node + 1];
    std::sort(begin, end, left_of);
    for (auto child = end; child != begin;) pending.push_back({*--child, placed});
  }
  for (size_t i = nodes.size(); i-- > 1;) {
    nodes[nodes[i].parent].end = std::max(nodes[nodes[i].parent].end, nodes[i].end);
  }
  return nodes;
}

// Exact self and total of every frame of the tree, from the samples themselves.
void add_frame_totals(const report::View& view, const FrameTable& table, Ranks& ranks) {
  std::vector<size_t> last_sample(ranks.frames.size(), SIZE_MAX);
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    const int64_t value = view.value().of(view.profile(), i);
    const auto stack = view.stack(i);
    if (value == 0 || !view.keeps(i)) continue;
    for (const uint32_t location : stack) {
      for (const uint32_t id : table.of_location(location)) {
        const uint32_t rank = ranks.of_frame[id];
        if (rank == kNoIndex || last_sample[rank] == i) continue;
        last_sample[rank] = i;
        ranks.frames[rank].total = add(ranks.frames[rank].total, value);
      }
    }
    const auto leaf_location = std::find_if(
        stack.begin(), stack.end(), [&](uint32_t location) { return !table.of_location(location).empty(); });
    if (leaf_location == stack.end()) continue;
    const uint32_t leaf = ranks.of_frame[table.of_location(*leaf_location).back()];
    if (leaf != kNoIndex) ranks.frames[leaf].self = add(ranks.frames[leaf].self, value);
  }
}

}  // namespace

StackTree make_stack_tree(const report::View& view, const StackOptions& options) {
  const FrameTable table(view);
  Grower grower(view, table, options);
  Ranks ranks = rank_frames(grower.nodes(), table);
  for (StackNode& node : grower.nodes()) {
    if (node.frame != kNoIndex) node.frame = ranks.of_frame[node.frame];
  }
  add_frame_totals(view, table, ranks);
  StackTree tree;
  tree.nodes = in_preorder(grower.nodes());
  tree.frames = std::move(ranks.frames);
  tree.has_negative = grower.has_negative();
  return tree;
}

}  // namespace prof::flame
