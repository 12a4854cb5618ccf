#include "flamegraph/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "flamegraph/text.h"
#include "flamegraph/web/assets.h"
#include "libprof/report/units.h"

namespace prof::flame {
namespace {

// In the picture's own units; web/svg.js reads kWidth, kRow and kColumn from the root element.
constexpr double kWidth = 1200;
constexpr double kRow = 18;
constexpr double kColumn = 7.3;  // of one character of the 12px monospace font, on the wide side
constexpr double kHead = 58;
constexpr double kLine = 16;  // of the notes below the graph
constexpr size_t kMaxNotes = 8;
constexpr size_t kNoteColumns = 160;
constexpr uint32_t kColours = 12;  // .c0 to .c11 in web/palette.css

using Out = std::back_insert_iterator<std::string>;

uint32_t shade(std::string_view name) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return hash % 3;
}

struct Layout {
  const Chart& chart;
  Groups groups;
  std::vector<double> left;  // of each node, in units of weight
  uint32_t rows = 1;

  explicit Layout(const Chart& c) : chart(c), groups(group_frames(c.tree)), left(c.tree.nodes.size(), 0) {
    const auto& nodes = chart.tree.nodes;
    for (uint32_t i = 0; i < nodes.size(); i++) {
      rows = std::max(rows, nodes[i].depth + 1);
      double at = left[i];
      for (uint32_t child = i + 1; child < nodes[i].end; child = nodes[child].end) {
        left[child] = at;
        at += static_cast<double>(nodes[child].weight);
      }
    }
  }

  double scale() const {
    return kWidth / std::max<double>(1, static_cast<double>(chart.tree.nodes[0].weight));
  }
  double top(uint32_t depth) const { return kHead + kRow * (chart.icicle ? depth : rows - 1 - depth); }
  double bottom() const { return kHead + kRow * rows; }
};

std::string percent(int64_t part, int64_t whole) {
  return std::string(report::trim(report::percentage(part, whole)));
}

std::string describe(const Chart& chart, const StackNode& node) {
  const StackTree& tree = chart.tree;
  std::string text = printable(label(tree, node));
  if (node.inlined) text += " (inlined)";
  text += fmt::format("\ntotal {} ({} of total", report::amount(node.total, chart.unit),
                      percent(node.total, chart.whole));
  if (node.parent != kNoIndex && !tree.has_negative) {  // of a net that may be near zero: no share
    text += fmt::format(", {} of parent", percent(node.total, tree.nodes[node.parent].total));
  }
  text +=
      fmt::format("), self {} ({})", report::amount(node.self, chart.unit), percent(node.self, chart.whole));
  if (node.frame == kNoIndex) return text;
  const StackFrame& frame = tree.frames[node.frame];
  if (!frame.module.empty()) text += "\n" + printable(frame.module);
  if (!frame.file.empty()) text += (frame.module.empty() ? "\n" : "  ") + printable(frame.file);
  return text;
}

// escape() line by line: the line ends of a description are meant.
std::string escape_lines(std::string_view text) {
  std::string out;
  for (size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    out += escape(text.substr(0, end)) + '\n';
  }
  return out + escape(text);
}

std::string colour_class(const Layout& layout, const StackNode& node) {
  if (node.merged > 0) return "other";
  if (node.frame == kNoIndex) return "root";
  const char* const edge = node.inlined ? " inl" : "";
  if (layout.chart.tree.has_negative) return change_class(node.total, node.weight) + edge;
  return fmt::format("c{} s{}{}", layout.groups.of_frame[node.frame] % kColours,
                     shade(layout.chart.tree.frames[node.frame].name), edge);
}

void write_node(const Layout& layout, uint32_t i, Out out) {
  const StackNode& node = layout.chart.tree.nodes[i];
  const double x = layout.left[i] * layout.scale(), y = layout.top(node.depth);
  const double width = static_cast<double>(node.weight) * layout.scale();
  fmt::format_to(out, "<g class=\"n {}\" role=\"treeitem\" aria-level=\"{}\">", colour_class(layout, node),
                 node.depth + 1);
  fmt::format_to(out, "<title>{}</title>", escape_lines(describe(layout.chart, node)));
  fmt::format_to(out, "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\"/>", x, y, width, kRow - 1);
  const auto columns = static_cast<size_t>(std::max(0.0, (width - 6) / kColumn));
  const std::string text = shorten(printable(label(layout.chart.tree, node)), columns);
  fmt::format_to(out, "<text x=\"{:.2f}\" y=\"{}\">{}</text></g>\n", x + 3, y + 13, escape(text));
}

std::vector<std::string> notes_of(const Layout& layout) {
  const Chart& chart = layout.chart;
  std::vector<std::string> notes;
  for (const std::string& note : chart.notes) {
    if (notes.size() == kMaxNotes) {
      notes.push_back(fmt::format("and {} more comments in the profile", chart.notes.size() - kMaxNotes));
      break;
    }
    notes.push_back(note);
  }
  if (chart.min_fraction > 0) {
    notes.push_back(
        fmt::format("frames narrower than {:g}% are merged into \"other\"; all totals include them",
                    100 * chart.min_fraction));
  }
  return notes;
}

// Names, and the classes of their colours.
std::vector<std::pair<std::string, std::string>> legend_of(const Layout& layout) {
  if (layout.chart.tree.has_negative) {
    return {{"gone", "shrank5"},
            {"shrank", "shrank3"},
            {"as before", "other"},
            {"grew", "grew3"},
            {"new", "grew5"}};
  }
  std::vector<std::pair<std::string, std::string>> legend;
  for (size_t i = 0; i < std::min<size_t>(layout.groups.names.size(), kColours); i++)
    legend.emplace_back(shorten(printable(layout.groups.names[i]), 24), fmt::format("c{}", i));
  return legend;
}

void write_legend(const Layout& layout, double y, Out out) {
  double x = 10;
  for (const auto& [name, colour] : legend_of(layout)) {
    const double width = 26 + kColumn * static_cast<double>(name.size());
    if (x + width > kWidth) break;
    fmt::format_to(out, "<g class=\"{}\"><rect x=\"{:.1f}\" y=\"{}\" width=\"11\" height=\"11\"/></g>",
                   colour, x, y - 10);
    fmt::format_to(out, "<text class=\"note\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", x + 16, y, escape(name));
    x += width;
  }
}

}  // namespace

std::string to_svg(const Chart& chart) {
  const Layout layout(chart);
  const std::vector<std::string> notes = notes_of(layout);
  const double legend_y = layout.bottom() + 22;
  const double height = legend_y + kLine * static_cast<double>(notes.size()) + 34;
  std::string svg;
  const Out out(svg);
  fmt::format_to(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                 "viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" data-row=\"{2}\" data-column=\"{3}\" "
                 "data-icicle=\"{4}\">\n",
                 kWidth, height, kRow, kColumn, chart.icicle ? 1 : 0);
  fmt::format_to(out, "<title>{}</title>\n<style>\n{}{}</style>\n", escape(chart.title),
                 web::asset("palette.css"), web::asset("svg.css"));
  fmt::format_to(out, "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
  fmt::format_to(out, "<text class=\"title\" x=\"10\" y=\"24\">{}</text>\n",
                 escape(shorten(printable(chart.title), 90)));
  fmt::format_to(out, "<text class=\"note\" id=\"facts\" x=\"10\" y=\"46\">{}</text>\n",
                 escape(fmt::format("{}", fmt::join(chart.facts, " \u00b7 "))));
  fmt::format_to(out, "<g id=\"controls\"></g>\n<g id=\"graph\" role=\"tree\" aria-label=\"{}\">\n",
                 escape(chart.title));
  for (uint32_t i = 0; i < chart.tree.nodes.size(); i++) write_node(layout, i, out);
  fmt::format_to(out, "</g>\n");
  write_legend(layout, legend_y, out);
  double y = legend_y + kLine + 4;
  for (const std::string& note : notes) {
    fmt::format_to(out, "<text class=\"note\" x=\"10\" y=\"{}\">{}</text>\n", y,
                   escape(shorten(printable(note), kNoteColumns)));
    y += kLine;
  }
  fmt::format_to(out, "<text class=\"note\" id=\"details\" x=\"10\" y=\"{}\"></text>\n", height - 8);
  fmt::format_to(out, "<script><![CDATA[\n{}{}]]></script>\n</svg>\n", web::asset("shorten.js"),
                 web::asset("svg.js"));
  return svg;
}

}  // namespace prof::flame
