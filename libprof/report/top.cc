#include "libprof/report/top.h"

#include <fmt/format.h>

#include "libprof/report/graph.h"
#include "libprof/report/header.h"
#include "libprof/report/units.h"

namespace prof::report {

Top top(const View& view) {
  const Graph graph = make_graph(view, limits_of(view.options(), 0), Edges::kIntoInlined);
  Top top{graph_header(view, graph), graph.value, view.total(), {}};
  top.rows.reserve(graph.shown.size());
  for (const uint32_t node : graph.shown) {
    const Inlining inlining = !graph.has_inline(node, true)   ? Inlining::kNone
                              : graph.has_inline(node, false) ? Inlining::kSome
                                                              : Inlining::kAll;
    top.rows.push_back({graph.nodes.name(node), graph.flat[node].shown(), graph.cum[node].shown(), inlining});
  }
  return top;
}

std::string print(const Top& top) {
  constexpr const char* kInlining[] = {"", " (partial-inline)", " (inline)"};
  std::string text = join_lines(top.header);
  text += fmt::format("{:>10} {:>5}% {:>5}% {:>10} {:>5}%\n", "flat", "flat", "sum", "cum", "cum");
  Sum sum;
  for (const TopRow& row : top.rows) {
    sum.add(row.flat, 0);
    text += fmt::format("{:>10} {} {} {:>10} {}  {}{}\n", top.value.format(row.flat),
                        percentage(row.flat, top.total), percentage(sum.value, top.total),
                        top.value.format(row.cum), percentage(row.cum, top.total), row.name,
                        kInlining[static_cast<int>(row.inlining)]);
  }
  return text;
}

}  // namespace prof::report
