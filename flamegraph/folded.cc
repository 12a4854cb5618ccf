#include "flamegraph/folded.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "flamegraph/frames.h"

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

// The stacks of the samples that have a value, root first.
struct Stacks {
  std::vector<uint32_t> ranks;
  std::vector<uint64_t> ends;
  std::vector<int64_t> values;

  std::span<const uint32_t> of(uint32_t i) const {
    const uint64_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(ranks).subspan(begin, ends[i] - begin);
  }
};

Stacks stacks_of(const report::View& view, const FrameTable& table, const std::vector<uint32_t>& rank) {
  Stacks stacks;
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    const int64_t value = view.value().of(view.profile(), i);
    if (value == 0 || !view.keeps(i)) continue;
    const auto stack = view.stack(i);
    for (size_t at = stack.size(); at-- > 0;) {
      for (const uint32_t frame : table.of_location(stack[at])) stacks.ranks.push_back(rank[frame]);
    }
    stacks.ends.push_back(stacks.ranks.size());
    stacks.values.push_back(value);
  }
  return stacks;
}

}  // namespace

void write_folded(const report::View& view, const Put& put) {
  const FrameTable table(view);
  const Names names = rank_names(table);
  const Stacks stacks = stacks_of(view, table, names.rank);
  std::vector<uint32_t> order(stacks.values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const auto one = stacks.of(a), other = stacks.of(b);
    const auto less =
        std::lexicographical_compare_three_way(one.begin(), one.end(), other.begin(), other.end());
    return less != 0 ? less < 0 : a < b;
  });
  std::string line;
  for (size_t i = 0; i < order.size();) {
    const auto stack = stacks.of(order[i]);
    int64_t sum = 0;
    for (; i < order.size() && std::ranges::equal(stacks.of(order[i]), stack); i++) {
      const int64_t value = stacks.values[order[i]];
      if (__builtin_add_overflow(sum, value, &sum)) sum = value < 0 ? INT64_MIN : INT64_MAX;
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
