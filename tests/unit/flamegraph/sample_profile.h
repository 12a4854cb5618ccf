// Profiles for the tests of this folder, written as folded stacks.
#pragma once

#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/report/view.h"

namespace prof::test {

// Each line is "root;caller;leaf VALUE". A frame is NAME or MODULE!NAME; NAMES joined by "^" are one
// location, the outermost function and what was inlined into it. "?" is a frame without a function.
inline Profile folded_profile(const std::string& text, const std::string& unit = "nanoseconds") {
  ProfileBuilder builder;
  builder.add_sample_type("cpu", unit);
  std::unordered_map<std::string, uint32_t> mappings, functions, locations;
  const auto mapping = [&](const std::string& file) {
    const auto found = mappings.find(file);
    if (found != mappings.end()) return found->second;
    Mapping added;
    added.file = builder.intern("/usr/lib/" + file);
    return mappings[file] = builder.add_mapping(added);
  };
  const auto function = [&](const std::string& name) {
    const auto found = functions.find(name);
    if (found != functions.end()) return found->second;
    Function added;
    added.name = builder.intern(name);
    added.filename = builder.intern("/src/code.cc");
    return functions[name] = builder.add_function(added);
  };
  const auto location = [&](const std::string& frame) {
    const auto found = locations.find(frame);
    if (found != locations.end()) return found->second;
    const size_t bang = frame.find('!');
    Location added;
    added.mapping = mapping(bang == std::string::npos ? "app" : frame.substr(0, bang));
    std::vector<Line> lines;
    std::istringstream names(frame.substr(bang == std::string::npos ? 0 : bang + 1));
    for (std::string name; std::getline(names, name, '^');) {
      if (name != "?") lines.insert(lines.begin(), Line{function(name), 1, 0});
    }
    return locations[frame] = builder.add_location(added, lines);
  };
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const size_t space = line.rfind(' ');
    std::vector<uint32_t> stack;
    std::istringstream frames(line.substr(0, space));
    for (std::string frame; std::getline(frames, frame, ';');) stack.insert(stack.begin(), location(frame));
    const int64_t value = std::stoll(line.substr(space + 1));
    builder.add_sample(stack, std::span(&value, 1));
  }
  return std::move(builder).finish();
}

// All of a profile; throws where the options have no meaning for it.
inline report::View view_of(const Profile& profile, const report::Options& options = {}) {
  return report::View::make(profile, options).value();
}

}  // namespace prof::test
