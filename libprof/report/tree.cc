#include "libprof/report/tree.h"

#include <fmt/format.h>

#include "libprof/report/graph.h"
#include "libprof/report/header.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr const char* kRule = "----------------------------------------------------------+-------------\n";
constexpr const char* kLegend =
    "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

Tree make_tree(const View& view, const Limits& limits, const re2::RE2* regex) {
  const Graph graph = make_graph(view, limits, Edges::kAll);
  Tree tree{graph_header(view, graph), graph.value, view.total(), graph.shown.empty(), {}};
  for (const uint32_t node : graph.shown) {
    std::string name = graph.nodes.name(node);
    if (regex != nullptr && !matches(*regex, name)) continue;
    TreeNode& row = tree.nodes.emplace_back();
    row.name = std::move(name);
    row.flat = graph.flat[node].shown();
    row.cum = graph.cum[node].shown();
    for (const uint32_t e : graph.in[node]) {
      const Edge& edge = graph.edges[e];
      row.callers.push_back({graph.nodes.name(edge.from), edge.weight.value, edge.is_inline});
    }
    for (const uint32_t e : graph.out[node]) {
      const Edge& edge = graph.edges[e];
      row.callees.push_back({graph.nodes.name(edge.to), edge.weight.value, edge.is_inline});
    }
  }
  return tree;
}

}  // namespace

Tree tree(const View& view) { return make_tree(view, limits_of(view.options(), 80), nullptr); }

Result<Tree> peek(const View& view, const std::string& expression) {
  auto regex = compile_regex("the argument", expression.empty() ? "." : expression);
  if (!regex) return tl::unexpected(regex.error());
  Tree tree = make_tree(view, Limits{}, regex->get());
  if (tree.nodes.empty()) {
    return fail(fmt::format("no function matches '{}'", expression),
                "`prof top` lists the functions there are");
  }
  return tree;
}

std::string print(const Tree& tree) {
  std::string text = join_lines(tree.header) + kRule + kLegend;
  Sum sum;
  for (const TreeNode& node : tree.nodes) {
    const auto add_edges = [&](const std::vector<TreeEdge>& edges) {
      for (const TreeEdge& edge : edges) {
        text += fmt::format("{:>50} {} |   {}{}\n", tree.value.format(edge.weight),
                            percentage(edge.weight, node.cum), edge.name, edge.is_inline ? " (inline)" : "");
      }
    };
    text += kRule;
    add_edges(node.callers);
    sum.add(node.flat, 0);
    text += fmt::format("{:>10} {} {} {:>10} {}                | {}\n", tree.value.format(node.flat),
                        percentage(node.flat, tree.total), percentage(sum.value, tree.total),
                        tree.value.format(node.cum), percentage(node.cum, tree.total), node.name);
    add_edges(node.callees);
  }
  if (!tree.is_empty) text += kRule;
  return text;
}

}  // namespace prof::report
