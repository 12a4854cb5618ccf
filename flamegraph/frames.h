// The frames of a view's locations: what a stack looks like to a person, functions and the calls inlined
// into them, each function once however many addresses it has, without what the view hides.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libprof/report/view.h"

namespace prof::flame {

struct Frame {
  std::string
      name;  // a frame without a function is called after its mapping, "[libc.so.6]", else "<unknown>"
  std::string file;    // source file, "" where not known
  std::string module;  // base name of the mapping's file, "" where not known
};

// Two functions are one frame where name and source file agree. Ids count from 0 without gaps.
class FrameTable {
 public:
  explicit FrameTable(const report::View& view);  // `view` must outlive this
  FrameTable(const FrameTable&) = delete;

  size_t size() const { return names_.size(); }
  Frame frame(uint32_t id) const;

  // Frame ids of a location, outermost caller first; all but the first were inlined. Empty where hidden.
  std::span<const uint32_t> of_location(uint32_t location) const {
    return std::span(frames_).subspan(first_[location], first_[location + 1] - first_[location]);
  }

 private:
  struct Name {
    StringId name;  // 0: called after its mapping
    StringId file;
    uint32_t mapping;  // of its first appearance
  };
  const Profile& profile_;
  std::vector<Name> names_;
  std::vector<uint32_t> frames_;  // of all locations, one after the other
  std::vector<uint32_t> first_;   // of each location, and the end
};

}  // namespace prof::flame
