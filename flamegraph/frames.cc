#include "flamegraph/frames.h"

#include <unordered_map>

#include "libprof/base/paths.h"

namespace prof::flame {
namespace {

// Kernel and other pseudo mappings carry their own brackets.
std::string bracketed(std::string_view module) {
  return module.starts_with('[') ? std::string(module) : "[" + std::string(module) + "]";
}

}  // namespace

FrameTable::FrameTable(const report::View& view) : profile_(view.profile()) {
  std::unordered_map<uint64_t, uint32_t> by_function;  // (name, file) of a named frame
  std::unordered_map<StringId, uint32_t> by_module;    // mapping file of one without a function
  const auto add = [&](auto& index, auto key, Name name) {
    const auto [found, added] = index.try_emplace(key, static_cast<uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    frames_.push_back(found->second);
  };

  first_.reserve(profile_.locations().size() + 1);
  for (uint32_t id = 0; id < profile_.locations().size(); id++) {
    const Location& location = profile_.locations()[id];
    first_.push_back(static_cast<uint32_t>(frames_.size()));
    if (!view.visible(id)) continue;
    const auto lines = view.lines(id);
    for (size_t i = lines.size(); i-- > 0;) {
      if (lines[i].function == kNoIndex) continue;
      const Function& function = profile_.functions()[lines[i].function];
      const StringId name = function.name != 0 ? function.name : function.system_name;
      if (name == 0) continue;
      add(by_function, uint64_t{name} << 32 | function.filename,
          Name{name, function.filename, location.mapping});
    }
    if (first_.back() < frames_.size()) continue;
    const StringId module = location.mapping == kNoIndex ? 0 : profile_.mappings()[location.mapping].file;
    add(by_module, module, Name{0, 0, module == 0 ? kNoIndex : location.mapping});
  }
  first_.push_back(static_cast<uint32_t>(frames_.size()));
}

Frame FrameTable::frame(uint32_t id) const {
  const Name& name = names_[id];
  Frame frame;
  if (name.mapping != kNoIndex) {
    frame.module = base_name(profile_.string(profile_.mappings()[name.mapping].file));
  }
  frame.file = profile_.string(name.file);
  if (name.name != 0) {
    frame.name = profile_.string(name.name);
  } else {
    frame.name = frame.module.empty() ? "<unknown>" : bracketed(frame.module);
  }
  return frame;
}

}  // namespace prof::flame
