// The steps of which graphs are made, for graph.cc and picture.cc alone: each report of pprof trims, sorts
// and selects in an order of its own.
#pragma once

#include <algorithm>
#include <thread>

#include "libprof/base/in_order.h"
#include "libprof/report/graph.h"

namespace prof::report {

// Calls visit(node, is_inlined) for each node of a sample's visible stack, root first.
template <typename Visit>
void walk(const View& view, const Nodes& nodes, size_t sample, Visit&& visit) {
  const auto stack = view.stack(sample);
  uint32_t node = kNoIndex;
  for (size_t i = stack.size(); i-- > 0;) {
    const auto at = nodes.at(stack[i]);
    for (size_t k = at.size(); k-- > 0;) {
      node = nodes.below(node, at[k]);
      visit(node, k + 1 != at.size());
    }
  }
}

// On all cores where there is work for them: take(compute(begin, end)) for each part of the samples, in
// order.
template <typename Compute, typename Take>
void for_each_part(size_t samples, Compute compute, Take take) {
  constexpr size_t kWorthAThread = 20'000;  // samples
  // Likewise; bounds the marks by which parts tell samples apart.
  constexpr size_t kMostOfAPart = 1'000'000'000;
  const size_t threads =
      std::clamp<size_t>(samples / kWorthAThread, 1, std::max(1u, std::thread::hardware_concurrency()));
  const size_t parts = std::max(threads, samples / kMostOfAPart + 1);
  for_each_in_order(
      parts, threads,
      [&](size_t part) { return compute(samples * part / parts, samples * (part + 1) / parts); },
      [&](size_t, const auto& result) {
        take(result);
        return true;
      });
}

// Nodes and edges in the order of reports. Names are made once, and only where values are equal.
class Order {
 public:
  Order(const Graph& graph, bool by_cum) : graph_(graph), by_cum_(by_cum), names_(graph.nodes.size()) {}
  bool operator()(uint32_t a, uint32_t b);  // nodes, by flat or cum
  // By `score`, heaviest first.
  bool by_score(const std::vector<int64_t>& score, uint32_t a, uint32_t b);
  bool is_heavier(const Edge& a, const Edge& b);

 private:
  const std::string& name(uint32_t node);

  const Graph& graph_;
  const bool by_cum_;
  std::vector<std::string> names_;
};

struct Cutoffs {
  int64_t node = 0, edge = 0;
};
Cutoffs cutoffs(const Graph& graph, const Limits& limits);

// Leaves out nodes whose cum is below the cutoff; sets dropped and eligible.
void drop_light_nodes(Graph& graph, int64_t cutoff);

// Replaces the edges. With `kept`, nodes out of it are skipped and the edges over them are residual.
void add_edges(const View& view, Graph& graph, const std::vector<char>* kept, Edges which);
// Drops light edges, then lists each node's edges, heaviest first. The number of edges dropped.
size_t arrange_edges(Graph& graph, int64_t cutoff, Order& order);

// "minimum": one unit for all amounts, that of the smallest; where the largest has another one, of 100 times
// the smallest, so that it shows as 0.01, unless `are_integers`.
void choose_unit(const View& view, Graph& graph, bool are_integers = false);

}  // namespace prof::report
