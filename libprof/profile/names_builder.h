// A ProfileBuilder for inputs that have names and no addresses: one location a name and file.
#pragma once

#include <map>
#include <utility>

#include "libprof/profile/profile.h"

namespace prof {

class NamesBuilder {
 public:
  void add_sample_type(std::string_view type, std::string_view unit) {
    builder_.add_sample_type(type, unit);
    builder_.header().period_type = builder_.profile().sample_types()[0];
    builder_.header().period = 1;
  }
  StringId intern(std::string_view text) { return builder_.intern(text); }
  Profile& header() { return builder_.header(); }
  Samples& samples() { return builder_.samples(); }  // to be written in place

  // `module`: the file that the code is in, "" where it is not told.
  uint32_t location(std::string_view name, std::string_view module) {
    const auto [entry, is_new] = index_.try_emplace({builder_.intern(name), builder_.intern(module)}, 0u);
    if (!is_new) return entry->second;
    Location location;
    location.mapping = mapping(entry->first.second);
    const uint32_t function = builder_.add_function({0, entry->first.first, entry->first.first, 0, 0});
    const prof::Line line = {function, 0, 0};
    return entry->second = builder_.add_location(location, {&line, 1});
  }

  void add_sample(std::span<const uint32_t> stack, std::span<const int64_t> values,
                  std::span<const Label> labels) {
    builder_.add_sample(stack, values, labels);
  }
  Profile finish() && { return std::move(builder_).finish(); }

 private:
  uint32_t mapping(StringId module) {
    const auto [entry, is_new] = mappings_.try_emplace(module, 0u);
    if (!is_new) return entry->second;
    Mapping made;
    made.file = module;
    made.has_functions = true;
    return entry->second = builder_.add_mapping(made);
  }

  ProfileBuilder builder_;
  std::map<std::pair<StringId, StringId>, uint32_t> index_;
  std::map<StringId, uint32_t> mappings_;
};

}  // namespace prof
