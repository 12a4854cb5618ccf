#include "libprof/report/picture.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libprof/report/dot_escape.h"
#include "libprof/report/graph_parts.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

// "key:value\nkey:value" in order, written as DOT has it.
std::string joined_text(const View& view, size_t sample) {
  const Profile& p = view.profile();
  std::vector<std::string> texts;
  for (const Label& label : p.labels(sample)) {
    if (!is_text(label) || !view.shows_tag(label) || p.string(label.key) == kBaseTag) continue;
    texts.push_back(std::string(p.string(label.key)) + ":" + std::string(p.string(label.str)));
  }
  std::sort(texts.begin(), texts.end());
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "\\n") + escape_dot(text);
  return joined;
}

std::vector<NodeTag> numbers_of(const View& view, size_t sample) {
  const Profile& p = view.profile();
  std::vector<NodeTag> numbers;
  for (const Label& label : p.labels(sample)) {
    if (!is_number(label) || !view.shows_tag(label) || p.string(label.key) != "bytes") continue;
    const std::string unit(view.units().of(label.key));
    numbers.push_back({amount(label.num, unit, view.value().output_unit), unit, label.num, {}, {}});
  }
  return numbers;
}

std::vector<NodeTags> collect_tags(const View& view, const Graph& graph, const std::vector<char>& kept) {
  const Profile& p = view.profile();
  std::vector<NodeTags> tags(graph.nodes.size());
  std::vector<size_t> seen(graph.nodes.size());  // the last sample that counted this node, plus 1
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i) || p.labels(i).empty()) continue;
    const int64_t v = view.value().of(p, i), d = view.value().divisor(p, i);
    if (v == 0 && d == 0) continue;
    const std::string text = joined_text(view, i);
    const std::vector<NodeTag> numbers = numbers_of(view, i);
    if (text.empty() && numbers.empty()) continue;
    const auto add = [&](uint32_t node, Sum NodeTag::*sum) {
      if (!text.empty()) {
        NodeTag& tag = tags[node].text[text];
        tag.name = text;
        (tag.*sum).add(v, d);
      }
      for (const NodeTag& number : numbers) {
        auto& tag = tags[node].numbers[text].emplace(number.name, number).first->second;
        (tag.*sum).add(v, d);
      }
    };
    uint32_t leaf = kNoIndex;
    walk(view, graph.nodes, i, [&](uint32_t node, bool) {
      leaf = node;
      if (kept[node] && std::exchange(seen[node], i + 1) != i + 1) add(node, &NodeTag::cum);
    });
    if (leaf != kNoIndex && kept[leaf]) add(leaf, &NodeTag::flat);
  }
  return tags;
}

void drop_light_tags(std::vector<NodeTags>& all, int64_t cutoff) {
  const auto is_light = [&](const auto& item) {
    return magnitude(item.second.flat.value) < cutoff && magnitude(item.second.cum.value) < cutoff;
  };
  for (NodeTags& tags : all) {
    std::erase_if(tags.text, is_light);
    for (auto& [text, numbers] : tags.numbers) std::erase_if(numbers, is_light);
  }
}

// How much a node's edges on one side tell, in bits: nothing where all goes through one of them.
double entropy(const Graph& graph, const std::vector<uint32_t>& edges, int64_t self) {
  double bits = 0;
  Sum total;
  total.add(self, 0);
  for (const uint32_t e : edges) total.add(std::max<int64_t>(graph.edges[e].weight.value, 0), 0);
  if (total.value == 0) return 0;
  const auto add = [&](int64_t part) {
    const double share = static_cast<double>(magnitude(part)) / static_cast<double>(total.value);
    bits -= share * std::log2(share);
  };
  for (const uint32_t e : edges) add(graph.edges[e].weight.value);
  if (self > 0) add(self);
  return bits;
}

// The nodes that say most first: those that are entered, left or split in interesting ways.
void sort_by_entropy(Graph& graph, Order& order) {
  std::vector<int64_t> score(graph.nodes.size());
  for (const uint32_t node : graph.shown) {
    const double in = graph.in[node].empty() ? 1 : entropy(graph, graph.in[node], 0);
    const double out = graph.out[node].empty() ? 1 : entropy(graph, graph.out[node], graph.flat[node].value);
    const double product = (in + out) * static_cast<double>(graph.cum[node].value);
    Sum sum;
    sum.add(std::isnan(product) ? INT64_MIN : fraction(1, product), 0);
    sum.add(graph.flat[node].value, 0);
    score[node] = sum.value;
  }
  std::sort(graph.shown.begin(), graph.shown.end(),
            [&](uint32_t a, uint32_t b) { return order.by_score(score, a, b); });
}

// How many nodes fit where their tags take room too.
size_t fitting(const Graph& graph, const std::vector<NodeTags>& tags, size_t room) {
  size_t used = 0;
  for (size_t i = 0; i < graph.shown.size(); i++) {
    const auto has_flat = [](const auto& item) { return item.second.flat.value != 0; };
    const NodeTags& own = tags[graph.shown[i]];
    auto count = static_cast<size_t>(std::count_if(own.text.begin(), own.text.end(), has_flat));
    for (const auto& [text, numbers] : own.numbers) {
      count += static_cast<size_t>(std::count_if(numbers.begin(), numbers.end(), has_flat));
    }
    used += std::min(count, kMaxTags) + 1;
    if (used >= room) return i + 1;
  }
  return std::min(room, graph.shown.size());
}

// Whether one can get from the edge's start to its end without it.
bool is_implied(const Graph& graph, uint32_t edge) {
  const auto [from, to] = std::pair(graph.edges[edge].from, graph.edges[edge].to);
  std::vector<char> seen(graph.nodes.size());
  std::vector<uint32_t> queue{to};
  seen[to] = 1;
  while (!queue.empty()) {
    const uint32_t node = queue.back();
    queue.pop_back();
    for (const uint32_t e : graph.in[node]) {
      const uint32_t caller = graph.edges[e].from;
      if (e == edge || seen[caller]) continue;
      if (caller == from) return true;
      seen[caller] = 1;
      queue.push_back(caller);
    }
  }
  return false;
}

// Residual edges lighter than all others into their node, where another way leads there.
void drop_implied_edges(Graph& graph) {
  for (size_t i = graph.shown.size(); i-- > 0;) {
    const std::vector<uint32_t> in = graph.in[graph.shown[i]];
    for (size_t k = in.size(); k-- > 0 && graph.edges[in[k]].residual;) {
      if (!is_implied(graph, in[k])) continue;
      std::erase(graph.in[graph.edges[in[k]].to], in[k]);
      std::erase(graph.out[graph.edges[in[k]].from], in[k]);
    }
  }
}

}  // namespace

std::vector<NodeTag> sorted(const std::map<std::string, NodeTag>& tags, bool by_flat) {
  std::vector<NodeTag> all;
  for (const auto& [name, tag] : tags) all.push_back(tag);
  std::stable_sort(all.begin(), all.end(), [&](const NodeTag& a, const NodeTag& b) {
    if (!by_flat && a.cum.value != b.cum.value) return magnitude(a.cum.value) > magnitude(b.cum.value);
    return magnitude(a.flat.value) > magnitude(b.flat.value);
  });
  return all;
}

Picture make_picture(const View& view) {
  const Limits limits = limits_of(view.options(), 80);
  Picture picture{make_flat_graph(view, granularity_of(view.options()), false, view.options().call_tree), {}};
  Graph& graph = picture.graph;
  const Cutoffs cut = cutoffs(graph, limits);
  graph.nodefraction = limits.nodefraction;
  graph.edgefraction = limits.edgefraction;
  drop_light_nodes(graph, cut.node);

  Order order(graph, false);
  std::vector<char> kept;
  const auto connect = [&](bool is_restricted) {
    kept.assign(graph.nodes.size(), 0);
    for (const uint32_t node : graph.shown) kept[node] = 1;
    add_edges(view, graph, is_restricted ? &kept : nullptr, Edges::kAll);
    arrange_edges(graph, 0, order);
    sort_by_entropy(graph, order);
  };
  connect(graph.dropped > 0);
  picture.tags = collect_tags(view, graph, kept);
  drop_light_tags(picture.tags, cut.node);
  if (limits.nodecount > 0) {
    const size_t count = fitting(graph, picture.tags, static_cast<size_t>(limits.nodecount));
    const bool is_cut = count < graph.shown.size();
    graph.shown.resize(count);
    if (is_cut) connect(true);
    // Edges count as dropped only where pprof counts them: after nodes were.
    const size_t dropped = arrange_edges(graph, cut.edge, order);
    graph.dropped_edges = is_cut ? dropped : 0;
  } else {
    graph.dropped_edges = arrange_edges(graph, cut.edge, order);
  }
  drop_implied_edges(graph);
  choose_unit(view, graph);
  return picture;
}

}  // namespace prof::report
