// Nodes: what a report has one row for. Locations that look the same at the chosen granularity share one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "libprof/report/view.h"

namespace prof::report {

enum class Granularity { kFunctions, kFileFunctions, kFiles, kLines, kAddresses };
Granularity granularity_of(const Options& options);

// Fields that the granularity ignores are 0.
struct Node {
  uint64_t address = 0;
  StringId name = 0;
  uint32_t file = 0;  // of Nodes::file()
  StringId object = 0;
  int64_t start_line = 0;
  int64_t line = 0;
  int64_t column = 0;
  bool operator==(const Node&) const = default;
};

enum class Paths { kTrimmed, kWhole };  // of source files, as shown_path() has them or as the profile

class Nodes {
 public:
  // `keep_objects`: nodes of different binaries stay apart.
  Nodes(const View& view, Granularity granularity, bool keep_objects, Paths paths = Paths::kTrimmed);

  // Makes a call tree: a node of its own for each chain of callers that the samples of the view have. at()
  // then gives what below() takes, and everything else is about nodes of the tree.
  void split_by_callers();
  // The node that shows `node` where `caller` (kNoIndex: none) calls it; `node` itself unless split.
  uint32_t below(uint32_t caller, uint32_t node) const {
    return parents_.empty() ? node : tree_.at(uint64_t{caller} << 32 | node);
  }
  bool are_split() const { return !parents_.empty(); }
  // Of a node of the tree; kNoIndex: none, or not split.
  uint32_t caller(uint32_t node) const { return parents_.empty() ? kNoIndex : parents_[node]; }

  size_t size() const { return nodes_.size(); }
  const Node& operator[](uint32_t node) const { return nodes_[node]; }
  // The nodes of a location, innermost first.
  std::span<const uint32_t> at(uint32_t location) const {
    const uint32_t& here = at_[location];
    if ((here & kList) == 0) return {&here, 1};
    const uint32_t* list = &lists_[here & ~kList];
    return {list + 1, *list};
  }

  std::string_view function(const Node& node) const { return profile_.string(node.name); }
  std::string_view file(const Node& node) const { return files_[node.file]; }
  // As reports print it: address, name, file:line, as far as the granularity has them; "[binary]" or
  // "<unknown>" where there is nothing.
  std::string name(uint32_t node) const;
  // Any strict order of unlike nodes, the same as pprof's.
  std::string tie_breaker(uint32_t node) const;

 private:
  struct Hash {
    size_t operator()(const Node& node) const;
  };
  Node make(uint32_t location, const Line* line);
  uint32_t file_of(StringId filename);
  uint32_t find_or_add(const Node& node);

  const Profile& profile_;
  const View& view_;
  const Granularity granularity_;
  const bool keep_objects_;
  const Paths paths_;
  std::vector<Node> nodes_;
  // By location: its node, or kList and where in lists_ the count of its nodes is, which follow. Nearly all
  // have one: walking a stack then touches four bytes a frame.
  static constexpr uint32_t kList = uint32_t{1} << 31;
  std::vector<uint32_t> at_;
  std::vector<uint32_t> lists_;
  std::unordered_map<Node, uint32_t, Hash> index_;
  std::unordered_map<uint64_t, uint32_t> tree_;  // (caller, node before the split) to node
  std::vector<uint32_t> parents_;
  std::vector<std::string> files_;                      // cleaned, and trimmed
  std::unordered_map<std::string, uint32_t> file_ids_;  // by cleaned name
  std::unordered_map<StringId, uint32_t> file_of_;      // by name in the profile
};

// The last component of a path, as Go's path.Base has it: "." for "", slashes at the end do not count.
std::string_view base_name(std::string_view path);

}  // namespace prof::report
