// Who calls whom: the edges of a call graph.
#include <algorithm>
#include <utility>

#include "libprof/report/edge_table.h"
#include "libprof/report/graph_parts.h"

namespace prof::report {
namespace {

// The edges into `wanted` nodes, in the order in which samples have them first. Of fewer than 2^32 samples.
std::vector<Edge> edges_of(const View& view, const Nodes& nodes, const std::vector<char>* kept,
                           const std::vector<char>& wanted, size_t begin, size_t end) {
  const Profile& profile = view.profile();
  const bool is_tree = nodes.are_split();
  EdgeTable edges;
  for (size_t i = begin; i < end; i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(profile, i), d = view.value().divisor(profile, i);
    if (v == 0 && d == 0) continue;
    const auto mark = static_cast<uint32_t>(i - begin + 1);
    uint32_t parent = kNoIndex;
    bool residual = false, is_skipped_inline = true;
    walk(view, nodes, i, [&](uint32_t node, bool is_inline) {
      if (kept != nullptr && !(*kept)[node]) {
        residual = true;
        is_skipped_inline &= is_inline || !is_tree;
        return;
      }
      if (parent != kNoIndex && parent != node && wanted[node]) {
        EdgeTable::Entry& edge = edges.find_or_add(parent, node);
        if (std::exchange(edge.seen, mark) != mark) {
          edge.weight.add(v, d);
          edge.residual |= residual;
          edge.is_inline &= is_inline && is_skipped_inline;
        }
      }
      parent = node;
      residual = false;
      is_skipped_inline = true;
    });
  }
  return edges.edges();
}

}  // namespace

void add_edges(const View& view, Graph& graph, const std::vector<char>* kept, Edges which) {
  const Profile& profile = view.profile();
  std::vector<char> wanted(graph.nodes.size(), which == Edges::kAll);
  bool any = which == Edges::kAll;
  for (uint32_t l = 0; which == Edges::kIntoInlined && l < profile.locations().size(); l++) {
    const auto at = graph.nodes.at(l);
    for (size_t k = 0; k + 1 < at.size(); k++) wanted[at[k]] = 1;
    any |= at.size() > 1;
  }
  graph.edges.clear();
  if (!any) return;

  EdgeTable all;  // the parts come in their order, and with them the edges
  for_each_part(
      profile.sample_count(),
      [&](size_t begin, size_t end) { return edges_of(view, graph.nodes, kept, wanted, begin, end); },
      [&](const std::vector<Edge>& edges) {
        for (const Edge& edge : edges) {
          EdgeTable::Entry& sum = all.find_or_add(edge.from, edge.to);
          sum.weight.add(edge.weight.value, edge.weight.divisor);
          sum.residual |= edge.residual;
          sum.is_inline &= edge.is_inline;
        }
      });
  graph.edges = all.edges();
}

size_t arrange_edges(Graph& graph, int64_t cutoff, Order& order) {
  // As in pprof, what leads to nodes that are not shown stays, however light: of negative ones, and of sums
  // of 0.
  std::vector<char> is_shown(graph.nodes.size());
  for (const uint32_t node : graph.shown) is_shown[node] = 1;
  const size_t dropped = std::erase_if(graph.edges, [&](const Edge& edge) {
    return is_shown[edge.to] && magnitude(edge.weight.value) < cutoff;
  });
  graph.in.assign(graph.nodes.size(), {});
  graph.out.assign(graph.nodes.size(), {});
  for (uint32_t e = 0; e < graph.edges.size(); e++) {
    graph.in[graph.edges[e].to].push_back(e);
    graph.out[graph.edges[e].from].push_back(e);
  }
  const auto heavier = [&](uint32_t a, uint32_t b) {
    return order.is_heavier(graph.edges[a], graph.edges[b]);
  };
  for (const uint32_t node : graph.shown) {
    std::sort(graph.in[node].begin(), graph.in[node].end(), heavier);
    std::sort(graph.out[node].begin(), graph.out[node].end(), heavier);
  }
  return dropped;
}

}  // namespace prof::report
