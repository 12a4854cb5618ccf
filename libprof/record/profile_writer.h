// Locations, functions and mappings of one Profile, each made when first needed.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/record/symbol_book.h"

namespace prof::record {

// Each call gives the index in the Profile. REQUIRES: the book is resolved.
class ProfileWriter {
 public:
  ProfileWriter(ProfileBuilder& builder, const SymbolBook& book) : builder_(builder), book_(book) {}

  // Of the file's code where most of it is, or of that at an address; kNoIndex for code of no file.
  uint32_t mapping(uint32_t file);
  uint32_t mapping(const Place& place);
  uint32_t location(const Place& place);
  // A frame for what a thread waits in: no code of any file.
  uint32_t waiting(const std::string& name);

 private:
  uint32_t mapping(uint32_t file, const symbols::Placement& placement);
  symbols::Placement placement(uint32_t file) const;
  uint32_t function(const symbols::Frame& frame);

  ProfileBuilder& builder_;
  const SymbolBook& book_;
  std::vector<Line> lines_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> mappings_;  // by file and start
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> locations_;
  std::map<std::string, uint32_t> waits_;
  std::map<std::tuple<StringId, StringId, StringId, int64_t>, uint32_t> functions_;
};

}  // namespace prof::record
