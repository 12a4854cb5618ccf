#include "libprof/report/dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "libprof/report/dot_escape.h"
#include "libprof/report/graph_parts.h"
#include "libprof/report/header.h"
#include "libprof/report/picture.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// From green (-1) over grey to red (1); light for the inside of a box.
std::string color(double score, bool is_light) {
  score = std::clamp(std::isnan(score) ? 0.0 : score, -1.0, 1.0);
  const double value = is_light ? 0.93 : 0.7;
  double saturation = is_light ? 0.1 : 1.0;
  if (std::abs(score) < 0.2) saturation *= std::abs(score) / 0.2;
  const double distance = std::pow(std::abs(score), 0.3);  // away from grey sooner than linearly
  const double strong = value, weak = value * (1 - saturation * distance);
  const auto byte = [](double part) { return static_cast<unsigned>(static_cast<uint8_t>(part * 255)); };
  return fmt::format("#{:02x}{:02x}{:02x}", byte(score < 0 ? weak : strong), byte(score < 0 ? strong : weak),
                     byte(value * (1 - saturation)));
}

double share(int64_t part, int64_t total) {
  return static_cast<double>(part) / static_cast<double>(magnitude(total));
}

class Writer {
 public:
  explicit Writer(const View& view)
      : view_(view), picture_(make_picture(view)), graph_(picture_.graph), ids_(graph_.nodes.size()) {}

  std::string write() {
    const auto& mappings = view_.profile().mappings();
    std::string title;
    if (!mappings.empty() && mappings[0].file != 0) {
      title = escape_dot(base_name(view_.profile().string(mappings[0].file)));
    }
    text_ = fmt::format("digraph \"{}\" {{\nnode [style=filled fillcolor=\"#f8f8f8\"]\n",
                        title.empty() ? "unnamed" : title);
    write_legend(title);
    for (size_t i = 0; i < graph_.shown.size(); i++) {
      ids_[graph_.shown[i]] = i + 1;
      most_ = std::max(most_, magnitude(graph_.flat[graph_.shown[i]].shown()));
    }
    std::vector<char> has_tags(graph_.nodes.size());
    std::vector<uint32_t> edges;
    for (const uint32_t node : graph_.shown) {
      write_node(node);
      has_tags[node] = write_tags(node);
      edges.insert(edges.end(), graph_.out[node].begin(), graph_.out[node].end());
    }
    Order order(graph_, false);
    std::sort(edges.begin(), edges.end(),
              [&](uint32_t a, uint32_t b) { return order.is_heavier(graph_.edges[a], graph_.edges[b]); });
    for (const uint32_t edge : edges) write_edge(graph_.edges[edge], has_tags[graph_.edges[edge].from]);
    return text_ + "}\n";
  }

 private:
  std::string format(int64_t value) const { return escape_dot(graph_.value.format(value)); }
  std::string percent(int64_t value) const { return std::string(trim(percentage(value, view_.total()))); }

  void write_legend(const std::string& title) {
    const auto lines = graph_header(view_, graph_, true);
    std::string label;
    for (const std::string& line : lines) label += escape_dot(line) + "\\l";
    text_ += fmt::format("subgraph cluster_L {{ \"{}\" [shape=box fontsize=16 label=\"{}\"",
                         escape_dot(lines[0]), label);
    if (!title.empty()) text_ += fmt::format(" tooltip=\"{}\"", title);
    text_ += "] }\n";
  }

  // Its parts below each other, the name at its separators too.
  std::string box_name(uint32_t id) const {
    const Node& node = graph_.nodes[id];
    std::string text;
    const auto add = [&](std::string_view part) { text += std::string(part) + "\\n"; };
    if (node.address != 0) add(fmt::format("{:016x}", node.address));
    if (node.name != 0) {
      std::string name = escape_dot(short_name(std::string(graph_.nodes.function(node))));
      replace_all(name, "::", "\\n");
      replace_all(name, "[...]", "[\u2026]");  // Go's type parameters are no separators
      replace_all(name, ".", "\\n");
      add(name);
    }
    const std::string_view file = graph_.nodes.file(node);
    const std::string base = escape_dot(file.empty() ? "" : base_name(file));
    if (node.line != 0) {
      add(fmt::format("{}:{}{}", base, node.line, node.column != 0 ? fmt::format(":{}", node.column) : ""));
    } else if (!base.empty()) {
      add(base);
    } else if (node.name == 0) {
      add(node.object != 0 ? fmt::format("[{}]", escape_dot(base_name(view_.profile().string(node.object))))
                           : "<unknown>");
    }
    return text;
  }

  void write_node(uint32_t node) {
    const int64_t flat = graph_.flat[node].shown(), cum = graph_.cum[node].shown();
    std::string label = box_name(node);
    label += flat != 0 ? fmt::format("{} ({})", format(flat), percent(flat)) : "0";
    if (cum != flat) {
      label += fmt::format("{}of {} ({})", flat != 0 ? "\\n" : " ", format(cum), percent(cum));
    }
    int size = 8;
    if (most_ != 0 && flat != 0) {
      const double part = static_cast<double>(magnitude(flat)) / static_cast<double>(most_);
      size += static_cast<int>(std::ceil(16 * std::sqrt(part)));
    }
    const double score = share(cum, view_.total());
    text_ += fmt::format(
        "N{0} [label=\"{1}\" id=\"node{0}\" fontsize={2} shape=box tooltip=\"{3} ({4})\" color=\"{5}\" "
        "fillcolor=\"{6}\"]\n",
        ids_[node], label, size, escape_dot(graph_.nodes.name(node)), format(cum), color(score, false),
        color(score, true));
  }

  // Whether there are any.
  bool write_tags(uint32_t node) {
    const size_t before = text_.size();
    const bool by_flat = !graph_.out[node].empty();  // a leaf's include what was left out below it
    const NodeTags& tags = picture_.tags[node];
    auto texts = sorted(tags.text, by_flat);
    texts.resize(std::min(texts.size(), kMaxTags));
    for (size_t i = 0; i < texts.size(); i++) {
      const int64_t weight = (by_flat ? texts[i].flat : texts[i].cum).shown();
      if (weight == 0) continue;
      const std::string id = fmt::format("N{}_{}", ids_[node], i);
      write_tag(fmt::format("N{}", ids_[node]), id, texts[i].name, weight, "");
      if (const auto numbers = tags.numbers.find(texts[i].name); numbers != tags.numbers.end()) {
        write_numbers(numbers->second, by_flat, id);
      }
    }
    if (const auto numbers = tags.numbers.find(""); numbers != tags.numbers.end()) {
      write_numbers(numbers->second, by_flat, fmt::format("N{}", ids_[node]));
    }
    return text_.size() > before;
  }

  void write_tag(const std::string& source, const std::string& id, const std::string& label, int64_t weight,
                 const char* style) {
    text_ += fmt::format(
        "{0} [label = \"{1}\" id=\"{0}\" fontsize=8 shape=box3d tooltip=\"{2}\"]\n"
        "{3} -> {0} [label=\" {2}\" weight=100 tooltip=\"{2}\" labeltooltip=\"{2}\"{4}]\n",
        id, label, format(weight), source, style);
  }

  void write_numbers(const std::map<std::string, NodeTag>& numbers, bool by_flat, const std::string& source) {
    const auto groups = join(sorted(numbers, by_flat), by_flat);
    for (size_t i = 0; i < groups.size(); i++) {
      const int64_t flat = groups[i].flat.shown(), cum = groups[i].cum.shown();
      const bool is_flat = by_flat || flat == cum;
      const int64_t weight = is_flat ? flat : cum;
      if (weight == 0) continue;
      write_tag(source, fmt::format("N{}_{}", source, i), escape_dot(groups[i].name), weight,
                is_flat ? "" : " style=\"dotted\"");
    }
  }

  // At most kMaxTags: the heaviest, each with those of the others that are nearest to it: "1kB..4kB".
  static std::vector<NodeTag> join(const std::vector<NodeTag>& tags, bool by_flat) {
    std::vector<std::vector<NodeTag>> groups;
    for (const NodeTag& tag : tags) {
      if (groups.size() < kMaxTags) {
        groups.push_back({tag});
        continue;
      }
      const auto distance = [&](const std::vector<NodeTag>& group) {
        const NodeTag& first = group[0];
        return std::abs(scale(first.value, first.unit, tag.unit).value - static_cast<double>(tag.value));
      };
      size_t nearest = 0;
      for (size_t g = 1; g < groups.size(); g++) {
        if (distance(groups[g]) < distance(groups[nearest])) nearest = g;
      }
      groups[nearest].push_back(tag);
    }
    if (tags.size() <= kMaxTags) return tags;
    std::vector<NodeTag> all;
    for (const auto& group : groups) {
      const auto by_value = [](const NodeTag& a, const NodeTag& b) { return a.value < b.value; };
      const auto [least, most] = std::minmax_element(group.begin(), group.end(), by_value);
      NodeTag& tag = all.emplace_back(group[0]);
      tag.name = amount(least->value, least->unit);
      if (group.size() > 1) tag.name += ".." + amount(most->value, most->unit);
      Sum flat, cum;  // means are ordered as such, where those of few tags are by what they are made of
      for (const NodeTag& part : group) {
        flat.add(part.flat.value, part.flat.divisor);
        cum.add(part.cum.value, part.cum.divisor);
      }
      tag.flat = {flat.shown(), 0};
      tag.cum = {cum.shown(), 0};
    }
    std::stable_sort(all.begin(), all.end(), [&](const NodeTag& a, const NodeTag& b) {
      if (!by_flat && a.cum.value != b.cum.value) return magnitude(a.cum.value) > magnitude(b.cum.value);
      if (a.flat.value != b.flat.value) return magnitude(a.flat.value) > magnitude(b.flat.value);
      return a.name < b.name;
    });
    return all;
  }

  void write_edge(const Edge& edge, bool has_tags) {
    const int64_t weight = edge.weight.shown(), total = view_.total();
    const std::string amount = format(weight);
    std::string text = fmt::format("label=\" {}{}\"", amount, edge.is_inline ? "\\n (inline)" : "");
    if (total != 0) {
      const auto of_total = [&](int64_t steps) {
        return std::min(magnitude(multiply(weight, steps) / total), steps);
      };
      if (const int64_t pull = of_total(100); pull > 0) text += fmt::format(" weight={}", 1 + pull);
      if (const int64_t width = of_total(5); width > 0) text += fmt::format(" penwidth={}", 1 + width);
      text += fmt::format(" color=\"{}\"", color(share(weight, total), false));
    }
    const std::string tip =
        fmt::format("\"{} {} {} ({})\"", escape_dot(graph_.nodes.name(edge.from)),
                    edge.residual ? "..." : "->", escape_dot(graph_.nodes.name(edge.to)), amount);
    text += fmt::format(" tooltip={0} labeltooltip={0}", tip);
    if (edge.residual) text += " style=\"dotted\"";
    if (has_tags) text += " minlen=2";  // room for the boxes of tags
    text_ += fmt::format("N{} -> N{} [{}]\n", ids_[edge.from], ids_[edge.to], text);
  }

  static int64_t multiply(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }

  const View& view_;
  const Picture picture_;
  const Graph& graph_;
  std::vector<size_t> ids_;  // by node, from 1
  int64_t most_ = 0;
  std::string text_;
};

}  // namespace

std::string short_name(const std::string& full) {
  // Each keeps what its groups match: Go after the path of its package (and major version), Java's and C++'s
  // last class with its method.
  static const re2::RE2 kGoVersion(R"(^(.*?)/v(?:[2-9]|[1-9]\d+)([./].*)$)");
  static const re2::RE2 kGo(R"(^(?:[\w.-]+/)+([^.]+\..+))");
  static const re2::RE2 kJava(R"(^(?:[a-z]\w*\.)*([A-Z][\w$]*\.(?:<init>|[a-z][\w$]*(?:\$\d+)?))(?:\(|$))");
  static const re2::RE2 kCpp(R"(^(?:[a-zA-Z_]\w*::)+(_*[A-Z]\w*::~?[a-zA-Z_]\w*(?:<.*>)?))");
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  std::string name = full, head, tail, kept;
  if (name.starts_with(kAnonymous)) name.erase(0, kAnonymous.size());
  if (re2::RE2::PartialMatch(name, kGoVersion, &head, &tail)) name = head + tail;
  for (const re2::RE2* language : {&kGo, &kJava, &kCpp}) {
    if (re2::RE2::PartialMatch(name, *language, &kept)) return kept;
  }
  return name;
}

std::string print_dot(const View& view) { return Writer(view).write(); }

}  // namespace prof::report
