#include "libprof/report/nodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "libprof/report/source.h"

namespace prof::report {

std::string_view base_name(std::string_view path) {
  if (path.empty()) return ".";
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path == "/" ? path : path.substr(path.rfind('/') + 1);
}

Granularity granularity_of(const Options& options) {
  if (options.granularity.empty()) return Granularity::kFunctions;
  const auto choices = find_option("granularity")->choices;
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&](const char* c) { return options.granularity == c; });
  return static_cast<Granularity>(found - choices.begin());
}

size_t Nodes::Hash::operator()(const Node& node) const {
  uint64_t hash = node.address;
  for (const uint64_t part : {uint64_t{node.name}, uint64_t{node.file}, uint64_t{node.object},
                              static_cast<uint64_t>(node.start_line), static_cast<uint64_t>(node.line),
                              static_cast<uint64_t>(node.column)}) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return hash;
}

Nodes::Nodes(const View& view, Granularity granularity, bool keep_objects, Paths paths)
    : profile_(view.profile()),
      view_(view),
      granularity_(granularity),
      keep_objects_(keep_objects),
      paths_(paths),
      files_{""} {
  file_ids_.emplace("", 0);
  const auto count = static_cast<uint32_t>(profile_.locations().size());
  at_.reserve(count);
  std::vector<uint32_t> here;
  for (uint32_t location = 0; location < count; location++) {
    here.clear();
    if (view.visible(location)) {
      auto lines = view.lines(location);
      if (view.options().noinlines && lines.size() > 1) lines = lines.last(1);
      for (const Line& line : lines) here.push_back(find_or_add(make(location, &line)));
      if (lines.empty()) here.push_back(find_or_add(make(location, nullptr)));
    }
    if (here.size() == 1) {
      at_.push_back(here[0]);
    } else {
      at_.push_back(kList | static_cast<uint32_t>(lists_.size()));
      lists_.push_back(static_cast<uint32_t>(here.size()));
      lists_.insert(lists_.end(), here.begin(), here.end());
    }
  }
  index_.clear();
}

void Nodes::split_by_callers() {
  std::vector<Node> split;
  std::vector<uint32_t> parents;
  for (size_t i = 0; i < profile_.sample_count(); i++) {
    if (!view_.keeps(i)) continue;
    uint32_t caller = kNoIndex;
    const auto stack = view_.stack(i);
    for (size_t l = stack.size(); l-- > 0;) {
      const auto here = at(stack[l]);
      for (size_t k = here.size(); k-- > 0;) {
        const auto [found, is_new] =
            tree_.emplace(uint64_t{caller} << 32 | here[k], static_cast<uint32_t>(split.size()));
        if (is_new) {
          split.push_back(nodes_[here[k]]);
          parents.push_back(caller);
        }
        caller = found->second;
      }
    }
  }
  nodes_ = std::move(split);
  parents_ = std::move(parents);
}

Node Nodes::make(uint32_t index, const Line* line) {
  const Location& location = profile_.locations()[index];
  const StringId object = location.mapping == kNoIndex ? 0 : profile_.mappings()[location.mapping].file;
  Node node;
  if (granularity_ == Granularity::kAddresses) node.address = location.address;
  if (line == nullptr) {
    node.object = object;
    return node;
  }
  const Function& function = profile_.functions()[line->function];
  if (granularity_ != Granularity::kFiles) node.name = function.name;
  if (granularity_ != Granularity::kFunctions) node.file = file_of(function.filename);
  if (granularity_ >= Granularity::kLines) node.line = line->line;
  const bool has_columns =
      view_.options().showcolumns || (granularity_ == Granularity::kAddresses && !view_.options().noinlines);
  if (granularity_ >= Granularity::kLines && has_columns) node.column = line->column;
  if (keep_objects_ || node.name == 0) {
    node.object = object;
    node.start_line = function.start_line;
  }
  return node;
}

uint32_t Nodes::file_of(StringId filename) {
  const auto [cached, is_new] = file_of_.emplace(filename, 0);
  if (!is_new) return cached->second;
  const Options& options = view_.options();
  const std::string_view path = profile_.string(filename);
  const std::string shown = paths_ == Paths::kWhole && !path.empty()
                                ? clean_path(path)
                                : shown_path(path, options.trim_path, options.source_path);
  const auto [known, added] = file_ids_.emplace(shown, static_cast<uint32_t>(files_.size()));
  if (added) files_.push_back(shown);
  return cached->second = known->second;
}

uint32_t Nodes::find_or_add(const Node& node) {
  const auto [found, added] = index_.emplace(node, static_cast<uint32_t>(nodes_.size()));
  if (added) nodes_.push_back(node);
  return found->second;
}

std::string Nodes::name(uint32_t id) const {
  const Node& node = nodes_[id];
  std::string text;
  const auto add = [&](std::string_view part) {
    if (!text.empty()) text += ' ';
    text += part;
  };
  if (node.address != 0) add(fmt::format("{:016x}", node.address));
  if (node.name != 0) add(function(node));
  if (node.line != 0) {
    add(fmt::format("{}:{}", file(node), node.line));
    if (node.column != 0) text += fmt::format(":{}", node.column);
  } else if (node.file != 0) {
    add(file(node));
  } else if (node.name == 0) {
    add(node.object != 0 ? fmt::format("[{}]", base_name(profile_.string(node.object))) : "<unknown>");
  }
  return text;
}

std::string Nodes::tie_breaker(uint32_t id) const {
  const Node& node = nodes_[id];
  return fmt::format("{{{}  {} {} {} {} {} {}}}", function(node), node.address, file(node), node.start_line,
                     node.line, node.column, profile_.string(node.object));
}

}  // namespace prof::report
