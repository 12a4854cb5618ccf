// A ProfileBuilder for inputs that have names and no addresses: equal names, from equal files, are one
// location.
#pragma once

#include <utility>

#include "libprof/base/stack_table.h"
#include "libprof/profile/profile.h"

namespace prof {

// A function, and where it was in it; all but the name may be unknown.
struct NamedLine {
  std::string_view name, file = {};
  int64_t line = 0;
};

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

  // `lines`: innermost inlined function first. `module`: the file that the code is in, "" where it is not
  // told.
  uint32_t location(std::span<const NamedLine> lines, std::string_view module) {
    words_.assign({builder_.intern(module)});
    for (const NamedLine& line : lines) {
      words_.push_back(builder_.intern(line.name));
      words_.push_back(builder_.intern(line.file));
      words_.push_back(static_cast<uint64_t>(line.line));
    }
    const uint32_t id = locations_.intern(words_);
    if (id == builder_.profile().locations().size()) add_location();
    return id;
  }

  // Makes the mapping of `module`, which a location has, the first one: the program's.
  void put_first(StringId module) {
    const uint64_t key[] = {module};
    const uint32_t program = mappings_.intern(key);
    const auto other = [&](uint32_t mapping) {
      return mapping == 0 ? program : mapping == program ? 0 : mapping;
    };
    std::swap(builder_.mapping(0), builder_.mapping(program));
    std::swap(builder_.mapping(0).id, builder_.mapping(program).id);
    for (uint32_t i = 0; i < builder_.profile().locations().size(); i++)
      builder_.put_in_mapping(i, other(builder_.profile().locations()[i].mapping));
  }

  void add_sample(std::span<const uint32_t> stack, std::span<const int64_t> values,
                  std::span<const Label> labels) {
    builder_.add_sample(stack, values, labels);
  }
  Profile finish() && { return std::move(builder_).finish(); }

 private:
  // Of words_.
  void add_location() {
    Location location;
    location.mapping = mapping(words_[0]);
    Mapping& in = builder_.mapping(location.mapping);
    lines_.clear();
    for (size_t i = 1; i < words_.size(); i += 3) {
      lines_.push_back({function(words_[i], words_[i + 1]), static_cast<int64_t>(words_[i + 2]), 0});
      in.has_filenames |= words_[i + 1] != 0;
      in.has_line_numbers |= words_[i + 2] != 0;
    }
    in.has_inline_frames |= lines_.size() > 1;
    builder_.add_location(location, lines_);
  }

  uint32_t mapping(uint64_t module) {
    const uint32_t id = mappings_.intern({&module, 1});
    if (id < builder_.profile().mappings().size()) return id;
    Mapping made;
    made.file = static_cast<StringId>(module);
    made.has_functions = true;
    return builder_.add_mapping(made);
  }

  uint32_t function(uint64_t name, uint64_t file) {
    const uint64_t key[] = {words_[0], name, file};
    const uint32_t id = functions_.intern(key);
    if (id < builder_.profile().functions().size()) return id;
    const auto named = static_cast<StringId>(name);
    return builder_.add_function({0, named, named, static_cast<StringId>(file), 0});
  }

  ProfileBuilder builder_;
  StackTable mappings_;          // modules: ids are indices of the profile's, as those of
  StackTable functions_;         // module, name, file, and
  StackTable locations_;         // module, then name, file and line of each of its lines
  std::vector<uint64_t> words_;  // of the location being looked for; kept for its capacity, like
  std::vector<Line> lines_;
};

}  // namespace prof
