// What a key of a filter or projection means: a part of a result's name, or a value of its configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stats/benchfmt/result.h"
#include "stats/benchproc/token.h"

namespace bench {

class Extractor {
 public:
  // `.name`, `.fullname`, `.file`, `.pair`, `/key` (`/gomaxprocs` is also the -N suffix), or a configuration
  // key. The error is a message for the place of the key.
  static tl::expected<Extractor, std::string> make(std::string_view key);
  // .fullname without the parts that other keys name: `/key` parts vanish, and with .name the base becomes
  // `*`.
  static Extractor full_name_without(const std::vector<std::string>& keys);

  // "" where the result has no such thing. The view is valid as long as the result and `scratch` are.
  std::string_view operator()(const Result& result, std::string& scratch) const;

 private:
  enum class Kind { kName, kFullName, kPart, kConfig, kReducedName };
  std::string_view part_of(std::string_view name) const;
  std::string_view reduced(std::string_view name, std::string& scratch) const;

  Kind kind_ = Kind::kFullName;
  std::string key_;                   // kConfig: the key; kPart: "/key="
  bool procs_ = false;                // kPart: also the suffix; kReducedName: drop the suffix
  bool drop_base_ = false;            // kReducedName
  std::vector<std::string> dropped_;  // kReducedName: "/key="
};

}  // namespace bench
