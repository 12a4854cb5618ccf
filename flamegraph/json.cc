#include "flamegraph/json.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>

#include "flamegraph/text.h"

namespace prof::flame {
namespace {

using Out = std::back_insert_iterator<std::string>;

void write_list(std::string_view key, const std::vector<std::string>& texts, Out out) {
  fmt::format_to(out, "\"{}\":[", key);
  for (size_t i = 0; i < texts.size(); i++)
    fmt::format_to(out, "{}{}", i > 0 ? "," : "", json_string(texts[i]));
  fmt::format_to(out, "],\n");
}

// Texts told once: add() gives the place of a text in the list.
class TextTable {
 public:
  size_t add(const std::string& text) {
    const auto [found, added] = places_.try_emplace(text, texts_.size());
    if (added) texts_.push_back(text);
    return found->second;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string, size_t> places_;
  std::vector<std::string> texts_;
};

void write_frames(const Chart& chart, Out out) {
  const Groups groups = group_frames(chart.tree);
  TextTable modules, files;
  std::string frames;
  for (size_t i = 0; i < chart.tree.frames.size(); i++) {
    const StackFrame& frame = chart.tree.frames[i];
    fmt::format_to(std::back_inserter(frames), "{}[{},{},{},{},{},{}]", i > 0 ? "," : "",
                   json_string(frame.name), groups.of_frame[i], modules.add(frame.module),
                   files.add(frame.file), frame.self, frame.total);
  }
  write_list("groups", groups.names, out);
  write_list("modules", modules.texts(), out);
  write_list("files", files.texts(), out);
  fmt::format_to(out, "\"frames\":[{}],\n", frames);
}

int64_t code_of(const StackNode& node) {
  if (node.frame != kNoIndex) return 2 * int64_t{node.frame} + (node.inlined ? 1 : 0);
  return -1 - int64_t{node.merged};
}

template <typename Value>
void write_column(std::string_view key, const StackTree& tree, Value value, Out out) {
  fmt::format_to(out, "\"{}\":[", key);
  for (size_t i = 0; i < tree.nodes.size(); i++) fmt::format_to(out, "{}{}", i > 0 ? "," : "", value(i));
  fmt::format_to(out, "]");
}

int64_t own_weight(const StackTree& tree, size_t i) {
  int64_t weight = tree.nodes[i].weight;
  for (uint32_t child = static_cast<uint32_t>(i) + 1; child < tree.nodes[i].end;
       child = tree.nodes[child].end) {
    __builtin_sub_overflow(weight, tree.nodes[child].weight,
                           &weight);  // wraps only where sums have saturated
  }
  return weight;
}

}  // namespace

std::string to_json(const Chart& chart) {
  const StackTree& tree = chart.tree;
  std::string json;
  const Out out(json);
  fmt::format_to(out, "{{\"title\":{},\n\"type\":{},\n\"unit\":{},\n\"total\":{},\n",
                 json_string(chart.title), json_string(chart.type), json_string(chart.unit), chart.whole);

  write_list("facts", chart.facts, out);
  write_list("notes", chart.notes, out);
  fmt::format_to(out, "\"min_percent\":{:g},\n\"icicle\":{},\n", 100 * chart.min_fraction, chart.icicle);
  write_frames(chart, out);
  fmt::format_to(out, "\"nodes\":{{");
  write_column(
      "depth", tree, [&](size_t i) { return tree.nodes[i].depth; }, out);
  fmt::format_to(out, ",\n");
  write_column(
      "code", tree, [&](size_t i) { return code_of(tree.nodes[i]); }, out);
  fmt::format_to(out, ",\n");
  write_column(
      "self", tree, [&](size_t i) { return tree.nodes[i].self; }, out);
  if (tree.has_negative) {
    fmt::format_to(out, ",\n");
    write_column(
        "weight", tree, [&](size_t i) { return own_weight(tree, i); }, out);
  }
  fmt::format_to(out, "}}}}\n");
  return json;
}

}  // namespace prof::flame
