// The call graph of a View: flat and cum of every node, and edges where a report asks for them.
//
// flat: of samples whose leaf the node is. cum: of samples that it is anywhere in, counted once however often
// it recurs. With a limit on rows only `shown` nodes remain; an edge that skips nodes left out is residual.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/report/nodes.h"
#include "libprof/report/view.h"

namespace prof::report {

struct Edge {
  uint32_t from = 0;
  uint32_t to = 0;
  Sum weight;
  bool residual = false;
  bool is_inline = true;  // in every sample, the callee was inlined into the caller
};

enum class Edges { kNone, kIntoInlined, kAll };

// How a report limits what it shows.
struct Limits {
  int64_t nodecount = 0;  // 0: all
  double nodefraction = 0;
  double edgefraction = 0;
};
// From the options; `fallback` where nodecount is -1.
Limits limits_of(const Options& options, int64_t fallback);

struct Graph {
  Nodes nodes;
  std::vector<Sum> flat, cum;   // by node
  std::vector<uint32_t> shown;  // nodes, in the order of the report
  size_t eligible = 0;          // nodes before nodecount
  size_t dropped = 0;           // nodes below nodefraction
  size_t dropped_edges = 0;     // below edgefraction, where a report tells
  double nodefraction = 0;
  double edgefraction = 0;
  Value value;  // with the output unit chosen for what is shown

  // By edge: in order of from and to; edges below edgefraction are out. in[node], out[node]: heaviest first.
  std::vector<Edge> edges;
  std::vector<std::vector<uint32_t>> in, out;

  bool has_inline(uint32_t node, bool is_inline) const;  // an incoming edge that is inline, or is not
};

// `is_tree`: a node for each chain of callers.
Graph make_graph(const View& view, const Limits& limits, Edges edges, bool keep_objects = false,
                 bool is_tree = false);

// flat and cum of all nodes and nothing more.
Graph make_flat_graph(const View& view, Granularity granularity, bool keep_objects, bool is_tree = false);

}  // namespace prof::report
