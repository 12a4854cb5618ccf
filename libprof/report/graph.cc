#include "libprof/report/graph.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

bool is_negative(const Graph& graph, uint32_t node) {
  const int64_t flat = graph.flat[node].value;
  return flat < 0 || (flat == 0 && graph.cum[node].value < 0);
}

// Calls visit(node, is_inlined) for each node of a sample's visible stack, root first.
template <typename Visit>
void walk(const View& view, const Nodes& nodes, size_t sample, Visit&& visit) {
  const auto stack = view.stack(sample);
  for (size_t i = stack.size(); i-- > 0;) {
    const auto at = nodes.at(stack[i]);
    for (size_t k = at.size(); k-- > 0;) visit(at[k], k + 1 != at.size());
  }
}

void add_weights(const View& view, Graph& graph) {
  const Profile& profile = view.profile();
  std::vector<size_t> seen(graph.nodes.size());  // the last sample that counted this node, plus 1
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(profile, i), d = view.value().divisor(profile, i);
    if (v == 0 && d == 0) continue;
    uint32_t leaf = kNoIndex;
    walk(view, graph.nodes, i, [&](uint32_t node, bool) {
      leaf = node;
      if (std::exchange(seen[node], i + 1) != i + 1) graph.cum[node].add(v, d);
    });
    if (leaf != kNoIndex) graph.flat[leaf].add(v, d);
  }
}

// Nodes in the order of the report. Names are made once, and only where values are equal.
class Order {
 public:
  Order(const Graph& graph, bool by_cum) : graph_(graph), by_cum_(by_cum), names_(graph.nodes.size()) {}

  bool operator()(uint32_t a, uint32_t b) {
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

  const std::string& name(uint32_t node) {
    if (names_[node].empty()) names_[node] = graph_.nodes.name(node);
    return names_[node];
  }

 private:
  static int compare(const std::vector<Sum>& sums, uint32_t a, uint32_t b) {
    const int64_t x = magnitude(sums[a].value), y = magnitude(sums[b].value);
    return x == y ? 0 : x > y ? -1 : 1;
  }

  const Graph& graph_;
  const bool by_cum_;
  std::vector<std::string> names_;
};

// With `kept`, nodes out of it are skipped and the edges over them are residual.
void add_edges(const View& view, Graph& graph, const std::vector<char>* kept, Edges which) {
  const Profile& profile = view.profile();
  std::vector<char> wanted(graph.nodes.size(), which == Edges::kAll);
  bool any = which == Edges::kAll;
  for (uint32_t l = 0; which == Edges::kIntoInlined && l < profile.locations().size(); l++) {
    const auto at = graph.nodes.at(l);
    for (size_t k = 0; k + 1 < at.size(); k++) wanted[at[k]] = 1;
    any |= at.size() > 1;
  }
  if (!any) return;

  std::unordered_map<uint64_t, uint32_t> index;
  std::vector<size_t> seen;  // by edge
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(profile, i), d = view.value().divisor(profile, i);
    if (v == 0 && d == 0) continue;
    uint32_t parent = kNoIndex;
    bool residual = false;
    walk(view, graph.nodes, i, [&](uint32_t node, bool is_inline) {
      if (kept != nullptr && !(*kept)[node]) {
        residual = true;
        return;
      }
      if (parent != kNoIndex && parent != node && wanted[node]) {
        const uint64_t key = uint64_t{parent} << 32 | node;
        const auto [found, added] = index.emplace(key, static_cast<uint32_t>(graph.edges.size()));
        if (added) {
          graph.edges.push_back({parent, node, {}, false, true});
          seen.push_back(0);
        }
        Edge& edge = graph.edges[found->second];
        if (std::exchange(seen[found->second], i + 1) != i + 1) {
          edge.weight.add(v, d);
          edge.residual |= residual;
          edge.is_inline &= is_inline;
        }
      }
      parent = node;
      residual = false;
    });
  }
}

// Drops light edges, then lists each node's edges, heaviest first.
void arrange_edges(Graph& graph, int64_t cutoff, Order& order) {
  std::erase_if(graph.edges, [&](const Edge& edge) { return magnitude(edge.weight.value) < cutoff; });
  graph.in.resize(graph.nodes.size());
  graph.out.resize(graph.nodes.size());
  for (uint32_t e = 0; e < graph.edges.size(); e++) {
    graph.in[graph.edges[e].to].push_back(e);
    graph.out[graph.edges[e].from].push_back(e);
  }
  const auto heavier = [&](uint32_t a, uint32_t b) {
    const Edge &x = graph.edges[a], &y = graph.edges[b];
    if (const int64_t v = magnitude(x.weight.value), w = magnitude(y.weight.value); v != w) return v > w;
    if (const int names = order.name(x.from).compare(order.name(y.from)); names != 0) return names < 0;
    return order.name(x.to) < order.name(y.to);
  };
  for (const uint32_t node : graph.shown) {
    std::sort(graph.in[node].begin(), graph.in[node].end(), heavier);
    std::sort(graph.out[node].begin(), graph.out[node].end(), heavier);
  }
}

// "minimum": one unit for all amounts, that of the smallest; where the largest has another one, of 100 times
// the smallest, so that it shows as 0.01.
void choose_unit(const View& view, Graph& graph) {
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
  if (unit != scale(largest, from, "minimum").unit && fraction(smallest, 100) < largest) {
    unit = scale(fraction(smallest, 100), from, "minimum").unit;
  }
  graph.value.output_unit = unit.empty() ? from : unit;
}

Graph weigh(const View& view, Nodes nodes) {
  Graph graph{std::move(nodes), {}, {}, {}, 0, 0, 0, view.value(), {}, {}, {}};
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

}  // namespace

bool Graph::has_inline(uint32_t node, bool is_inline) const {
  return !in.empty() && std::any_of(in[node].begin(), in[node].end(),
                                    [&](uint32_t e) { return edges[e].is_inline == is_inline; });
}

Limits limits_of(const Options& options, int64_t fallback) {
  if (!options.trim) return {};
  return {options.nodecount == -1 ? fallback : options.nodecount, options.nodefraction, options.edgefraction};
}

Graph make_flat_graph(const View& view, Granularity granularity, bool keep_objects) {
  return weigh(view, Nodes(view, granularity, keep_objects));
}

Graph make_graph(const View& view, const Limits& limits, Edges edges) {
  Graph graph = make_flat_graph(view, granularity_of(view.options()), false);
  Sum all;
  for (const uint32_t node : graph.shown) all.add(graph.flat[node].value, 0);
  const int64_t node_cutoff = magnitude(fraction(all.value, limits.nodefraction));
  const int64_t edge_cutoff = magnitude(fraction(all.value, limits.edgefraction));

  bool is_restricted = false;
  graph.nodefraction = limits.nodefraction;
  graph.dropped = std::erase_if(
      graph.shown, [&](uint32_t node) { return magnitude(graph.cum[node].value) < node_cutoff; });
  is_restricted = graph.dropped > 0;
  graph.eligible = graph.shown.size();

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
    arrange_edges(graph, edge_cutoff, order);
  }
  choose_unit(view, graph);
  return graph;
}

}  // namespace prof::report
