#include "libprof/report/callgrind.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "libprof/report/graph_parts.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

// The format's name compression: "(3) name" the first time, then "(3)".
class Names {
 public:
  std::string operator()(const std::string& name) {
    if (name.empty()) return "";
    const auto [found, added] = ids_.emplace(name, ids_.size() + 1);
    return added ? fmt::format("({}) {}", found->second, name) : fmt::format("({})", found->second);
  }

 private:
  std::map<std::string, size_t> ids_;
};

// And that of addresses: relative to the one before where that is shorter.
std::string address(const Node* previous, uint64_t current) {
  const std::string absolute = fmt::format("{:#x}", current);
  if (previous == nullptr) return absolute;
  if (previous->address == current) return "*";
  const std::string relative = fmt::format("{:+}", static_cast<int64_t>(current - previous->address));
  return relative.size() < absolute.size() ? relative : absolute;
}

// KCachegrind takes functions of one name and file for one; those of different binaries or places are
// numbered, and in a call tree those of different callers.
std::vector<std::string> distinct_names(const Graph& graph) {
  std::map<std::pair<uint32_t, StringId>, std::map<std::tuple<StringId, int64_t, uint32_t>, size_t>>
      functions;
  for (const uint32_t id : graph.shown) {
    const Node& node = graph.nodes[id];
    auto& same = functions[{node.file, node.name}];
    same.emplace(std::tuple(node.object, node.start_line, graph.nodes.caller(id)), same.size() + 1);
  }
  std::vector<std::string> names(graph.nodes.size());
  for (const uint32_t id : graph.shown) {
    const Node& node = graph.nodes[id];
    const auto& same = functions[{node.file, node.name}];
    names[id] = graph.nodes.function(node);
    if (same.size() > 1) {
      names[id] += fmt::format(" [{}/{}]", same.at({node.object, node.start_line, graph.nodes.caller(id)}),
                               same.size());
    }
  }
  return names;
}

}  // namespace

std::string print_callgrind(const View& view) {
  Graph graph = make_graph(view, Limits{}, Edges::kAll, true, view.options().call_tree);
  graph.value = view.value();
  choose_unit(view, graph, true);
  const Value& value = graph.value;
  const auto cost = [&](int64_t amount) {
    return fraction(1, scale(amount, value.unit, value.output_unit).value);
  };
  const std::vector<std::string> names = distinct_names(graph);
  std::string text = fmt::format("positions: instr line\nevents: {}({})\n", value.type, value.output_unit);
  Names objects, files, functions;
  const Node* previous = nullptr;
  for (const uint32_t id : graph.shown) {
    const Node& node = graph.nodes[id];
    if (previous == nullptr || node.object != previous->object || node.file != previous->file ||
        node.name != previous->name) {
      text += fmt::format("\nob={}\n", objects(std::string(view.profile().string(node.object))));
      text += fmt::format("fl={}\n", files(std::string(graph.nodes.file(node))));
      text += fmt::format("fn={}\n", functions(std::string(graph.nodes.function(node))));
    }
    text +=
        fmt::format("{} {} {}\n", address(previous, node.address), node.line, cost(graph.flat[id].shown()));
    for (const uint32_t e : graph.out[id]) {
      const Edge& edge = graph.edges[e];
      const Node& callee = graph.nodes[edge.to];
      text += fmt::format("cfl={}\n", files(std::string(graph.nodes.file(callee))));
      text += fmt::format("cfn={}\n", functions(names[edge.to]));
      text += fmt::format("calls=0 {} {}\n* * {}\n", address(previous, callee.address), callee.line,
                          cost(edge.weight.value));
    }
    previous = &node;
  }
  return text;
}

}  // namespace prof::report
