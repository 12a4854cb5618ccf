#include "libprof/report/graph_parts.h"

#include <algorithm>
#include <utility>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

bool is_negative(const Graph& graph, uint32_t node) {
  const int64_t flat = graph.flat[node].value;
  return flat < 0 || (flat == 0 && graph.cum[node].value < 0);
}

// What samples add to the nodes. What a frame touches is small and lies together: it is most of a report's
// time.
struct Weights {
  struct Cell {
    int64_t cum = 0;
    uint32_t seen = 0;  // the last sample that counted this node, from `begin` on, plus 1
  };
  std::vector<Cell> cells;
  std::vector<Sum> flat;
  std::vector<int64_t> cum_divisors;  // of means only, else empty
};

// Sums wrap as those of Sum do.
void add_to(int64_t& sum, int64_t value) {
  sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(value));
}

// Of fewer than 2^32 samples.
Weights weigh(const View& view, const Nodes& nodes, size_t begin, size_t end) {
  const Profile& profile = view.profile();
  Weights weights;
  weights.cells.resize(nodes.size());
  weights.flat.resize(nodes.size());
  for (size_t i = begin; i < end; i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(profile, i), d = view.value().divisor(profile, i);
    if (v == 0 && d == 0) continue;
    if (d != 0 && weights.cum_divisors.empty()) weights.cum_divisors.resize(nodes.size());
    const auto mark = static_cast<uint32_t>(i - begin + 1);
    uint32_t leaf = kNoIndex;
    walk(view, nodes, i, [&](uint32_t node, bool) {
      leaf = node;
      Weights::Cell& cell = weights.cells[node];
      if (std::exchange(cell.seen, mark) == mark) return;
      add_to(cell.cum, v);
      if (d != 0) add_to(weights.cum_divisors[node], d);
    });
    if (leaf != kNoIndex) weights.flat[leaf].add(v, d);
  }
  return weights;
}

// Sums do not depend on their order.
void add_weights(const View& view, Graph& graph) {
  for_each_part(
      view.profile().sample_count(),
      [&](size_t begin, size_t end) { return weigh(view, graph.nodes, begin, end); },
      [&](const Weights& weights) {
        const auto& divisors = weights.cum_divisors;
        for (uint32_t node = 0; node < weights.cells.size(); node++) {
          graph.flat[node].add(weights.flat[node].value, weights.flat[node].divisor);
          graph.cum[node].add(weights.cells[node].cum, divisors.empty() ? 0 : divisors[node]);
        }
      });
}

int compare(const std::vector<Sum>& sums, uint32_t a, uint32_t b) {
  const int64_t x = magnitude(sums[a].value), y = magnitude(sums[b].value);
  return x == y ? 0 : x > y ? -1 : 1;
}

}  // namespace

bool Order::operator()(uint32_t a, uint32_t b) {
  const auto &first = by_cum_ ? graph_.cum : graph_.flat, &second = by_cum_ ? graph_.flat : graph_.cum;
  if (const int order = compare(first, a, b); order != 0) return order < 0;
  const Node &left = graph_.nodes[a], &right = graph_.nodes[b];
  if (left.address != 0 && right.address != 0 && left.address != right.address) {
    return left.address < right.address;
  }
  if (const int order = name(a).compare(name(b)); order != 0) return order < 0;
  if (const int order = compare(second, a, b); order != 0) return order < 0;
  return graph_.nodes.tie_breaker(a) < graph_.nodes.tie_breaker(b);
}

bool Order::by_score(const std::vector<int64_t>& score, uint32_t a, uint32_t b) {
  if (const int64_t x = magnitude(score[a]), y = magnitude(score[b]); x != y) return x > y;
  const Node &left = graph_.nodes[a], &right = graph_.nodes[b];
  if (left.address != 0 && right.address != 0 && left.address != right.address) {
    return left.address < right.address;
  }
  if (const int order = name(a).compare(name(b)); order != 0) return order < 0;
  if (const int order = compare(graph_.flat, a, b); order != 0) return order < 0;
  return graph_.nodes.tie_breaker(a) < graph_.nodes.tie_breaker(b);
}

bool Order::is_heavier(const Edge& a, const Edge& b) {
  if (const int64_t v = magnitude(a.weight.value), w = magnitude(b.weight.value); v != w) return v > w;
  if (const int names = name(a.from).compare(name(b.from)); names != 0) return names < 0;
  return name(a.to) < name(b.to);
}

const std::string& Order::name(uint32_t node) {
  if (names_[node].empty()) names_[node] = graph_.nodes.name(node);
  return names_[node];
}

void choose_unit(const View& view, Graph& graph, bool are_integers) {
  if (graph.value.output_unit != "minimum" || graph.shown.empty()) return;
  int64_t smallest = 0, largest = view.total();
  for (const uint32_t node : graph.shown) {
    int64_t least = magnitude(graph.flat[node].shown());
    if (least == 0) least = magnitude(graph.cum[node].shown());
    if (least > 0 && (smallest == 0 || least < smallest)) smallest = least;
  }
  if (smallest == 0) smallest = largest;
  if (const double ratio = graph.value.ratio; ratio > 0 && ratio != 1) {
    smallest = fraction(smallest, ratio);
    largest = fraction(largest, ratio);
  }
  const std::string& from = graph.value.unit;
  std::string unit = scale(smallest, from, "minimum").unit;
  if (!are_integers && unit != scale(largest, from, "minimum").unit && fraction(smallest, 100) < largest) {
    unit = scale(fraction(smallest, 100), from, "minimum").unit;
  }
  graph.value.output_unit = unit.empty() ? from : unit;
}

Cutoffs cutoffs(const Graph& graph, const Limits& limits) {
  Sum all;
  for (const uint32_t node : graph.shown) all.add(graph.flat[node].value, 0);
  return {magnitude(fraction(all.value, limits.nodefraction)),
          magnitude(fraction(all.value, limits.edgefraction))};
}

void drop_light_nodes(Graph& graph, int64_t cutoff) {
  graph.dropped =
      std::erase_if(graph.shown, [&](uint32_t node) { return magnitude(graph.cum[node].value) < cutoff; });
  graph.eligible = graph.shown.size();
}

Graph make_flat_graph(const View& view, Granularity granularity, bool keep_objects, bool is_tree) {
  Graph graph{Nodes(view, granularity, keep_objects), {}, {}, {}, 0, 0, 0, 0, 0, view.value(), {}, {}, {}};
  if (is_tree) graph.nodes.split_by_callers();
  graph.flat.resize(graph.nodes.size());
  graph.cum.resize(graph.nodes.size());
  add_weights(view, graph);
  for (uint32_t node = 0; node < graph.nodes.size(); node++) {
    const bool is_empty = graph.flat[node].value == 0 && graph.cum[node].value == 0;
    if (!is_empty && !(view.options().drop_negative && is_negative(graph, node))) graph.shown.push_back(node);
  }
  graph.eligible = graph.shown.size();
  return graph;
}

bool Graph::has_inline(uint32_t node, bool is_inline) const {
  return !in.empty() && std::any_of(in[node].begin(), in[node].end(),
                                    [&](uint32_t e) { return edges[e].is_inline == is_inline; });
}

Limits limits_of(const Options& options, int64_t fallback) {
  if (!options.trim) return {};
  return {options.nodecount == -1 ? fallback : options.nodecount, options.nodefraction, options.edgefraction};
}

Graph make_graph(const View& view, const Limits& limits, Edges edges, bool keep_objects, bool is_tree) {
  Graph graph = make_flat_graph(view, granularity_of(view.options()), keep_objects, is_tree);
  const Cutoffs cut = cutoffs(graph, limits);
  graph.nodefraction = limits.nodefraction;
  graph.edgefraction = limits.edgefraction;
  drop_light_nodes(graph, cut.node);
  bool is_restricted = graph.dropped > 0;

  Order order(graph, view.options().sort == "cum");
  std::sort(graph.shown.begin(), graph.shown.end(), [&](uint32_t a, uint32_t b) { return order(a, b); });
  if (limits.nodecount > 0 && static_cast<size_t>(limits.nodecount) < graph.shown.size()) {
    graph.shown.resize(static_cast<size_t>(limits.nodecount));
    is_restricted = true;
  }
  if (edges != Edges::kNone) {
    std::vector<char> kept(graph.nodes.size());
    for (const uint32_t node : graph.shown) kept[node] = 1;
    add_edges(view, graph, is_restricted ? &kept : nullptr, edges);
    arrange_edges(graph, cut.edge, order);
  }
  choose_unit(view, graph);
  return graph;
}

}  // namespace prof::report
