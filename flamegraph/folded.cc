#include "flamegraph/folded.h"

#include <algorithm>
#include <unordered_map>
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

}  // namespace

std::string to_folded(const report::View& view) {
  const FrameTable table(view);
  // Keyed by the bytes of the frame ids: exact, and small beside the names.
  std::unordered_map<std::string, int64_t> values;
  std::string key;
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    const int64_t value = view.value().of(view.profile(), i);
    if (value == 0 || !view.keeps(i)) continue;
    key.clear();
    const auto stack = view.stack(i);
    for (size_t at = stack.size(); at-- > 0;) {
      const auto frames = table.of_location(stack[at]);
      key.append(reinterpret_cast<const char*>(frames.data()), frames.size_bytes());
    }
    int64_t& sum = values[key];
    if (__builtin_add_overflow(sum, value, &sum)) sum = value < 0 ? INT64_MIN : INT64_MAX;
  }

  std::vector<std::string> names(table.size());
  for (uint32_t id = 0; id < names.size(); id++) names[id] = cleaned(table.frame(id).name);
  std::vector<std::string> lines;
  lines.reserve(values.size());
  for (const auto& [frames, value] : values) {
    std::string line;
    for (size_t at = 0; at < frames.size(); at += sizeof(uint32_t)) {
      uint32_t id;
      std::copy_n(frames.data() + at, sizeof id, reinterpret_cast<char*>(&id));
      if (at > 0) line += ';';
      line += names[id];
    }
    if (line.empty()) line = "[no stack]";
    if (value != 0) lines.push_back(line + ' ' + std::to_string(value) + '\n');
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace prof::flame
