#include "flamegraph/folded.h"

#include <algorithm>
#include <vector>

#include "flamegraph/frames.h"
#include "flamegraph/stacks.h"

namespace prof::flame {
namespace {

std::string cleaned(std::string name) {
  for (char& c : name) {
    if (c == ';') c = ':';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return name;
}

// What frames are called, in order: stacks of ranks are then in the order of their lines.
struct Names {
  std::vector<std::string> in_order;  // with the ";" behind those that call
  std::vector<uint32_t> rank;         // of each frame; equal for equal names
};

Names rank_names(const FrameTable& table) {
  Names names;
  std::vector<std::string> all;
  for (uint32_t id = 0; id < table.size(); id++) all.push_back(cleaned(table.frame(id).name) + ';');
  names.in_order = all;
  std::sort(names.in_order.begin(), names.in_order.end());
  names.in_order.erase(std::unique(names.in_order.begin(), names.in_order.end()), names.in_order.end());
  for (const std::string& name : all) {
    const auto at = std::lower_bound(names.in_order.begin(), names.in_order.end(), name);
    names.rank.push_back(static_cast<uint32_t>(at - names.in_order.begin()));
  }
  return names;
}

}  // namespace

void write_folded(const report::View& view, const Put& put) {
  const FrameTable table(view);
  const Names names = rank_names(table);
  Stacks stacks = stacks_of(view, table, [](int64_t value) { return value != 0; });
  for (uint32_t& frame : stacks.frames) frame = names.rank[frame];
  const std::vector<uint32_t> order = stacks.in_order();
  std::string line;
  for (size_t i = 0; i < order.size();) {
    const auto stack = stacks.of(order[i]);
    int64_t sum = 0;
    for (; i < order.size() && std::ranges::equal(stacks.of(order[i]), stack); i++) {
      sum = saturating_sum(sum, view.value().of(view.profile(), stacks.samples[order[i]]));
    }
    if (sum == 0) continue;
    line.clear();
    for (const uint32_t rank : stack) line += names.in_order[rank];
    if (line.empty()) line = "[no stack];";
    line.back() = ' ';
    put(line.append(std::to_string(sum)).append("\n"));
  }
}

std::string to_folded(const report::View& view) {
  std::string text;
  write_folded(view, [&](std::string_view part) { text += part; });
  return text;
}

}  // namespace prof::flame
