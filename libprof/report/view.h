// What the filters leave of a Profile: masks over its samples, its locations' lines and its stacks. Nothing
// of the Profile is changed, and nothing copied but by tagroot and tagleaf, which need more frames, and by
// template_depth and terminal_names, which need other names.
//
// Also what every report needs to know beside it: the value shown, the total that percentages are of, the
// units of numeric labels, and warnings, which must be shown.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"
#include "libprof/report/filter.h"
#include "libprof/report/options.h"
#include "libprof/report/value.h"

namespace prof::report {

// The label, of value "true", of samples that others are compared with.
inline constexpr std::string_view kBaseTag = "pprof::base";

class View {
 public:
  // Fails where an option has no meaning for this profile. `profile` must outlive the View.
  static Result<View> make(const Profile& profile, const Options& options);

  const Profile& profile() const { return *profile_; }
  const Options& options() const { return options_; }
  const Value& value() const { return value_; }
  const LabelUnits& units() const { return *units_; }
  const Warnings& warnings() const { return warnings_; }
  // Sum of |value| over all samples before filtering (after it with relative_percentages); their mean with
  // `mean`; of the base samples alone in a difference profile.
  int64_t total() const { return total_; }

  // Whether all of profile() is left, as it is.
  bool is_whole() const {
    return dropped_.empty() && tags_.empty() && hidden_.empty() && cut_.empty() && lines_.empty() &&
           !options_.noinlines && (value_.ratio <= 0 || value_.ratio == 1);
  }
  bool keeps(size_t sample) const { return dropped_.empty() || !dropped_[sample]; }

  // The visible part of a sample's stack: location indices, leaf first. Hidden locations are still in it:
  // skip those without a visible() one.
  std::span<const uint32_t> stack(size_t sample) const;

  bool shows_tag(const Label& label) const { return tags_.empty() || tags_[label.key] == 1; }

  bool visible(uint32_t location) const { return hidden_.empty() || !hidden_[location]; }
  // The visible lines of a location, innermost first. Empty for one without symbols.
  std::span<const Line> lines(uint32_t location) const {
    if (lines_.empty()) return profile_->lines(profile_->locations()[location]);
    return std::span(line_store_).subspan(lines_[location].first, lines_[location].count);
  }
  // What raw and proto write of a location. With noinlines that is the outermost line, and as in pprof it
  // has no column then, unless showcolumns.
  void written_lines(uint32_t location, std::vector<Line>& written) const;

 private:
  enum CutFlags : uint8_t { kShowFrom = 1, kDrop = 2, kDropBeneath = 4, kPruneFrom = 8 };
  struct LineRange {
    uint32_t first = 0;
    uint32_t count = 0;
  };
  struct Filters;
  enum class Verdict : uint8_t;

  View(const Profile& profile, const Options& options) : profile_(&profile), options_(options) {}
  void drop_frames();
  void compute_total();
  Result<void> apply_filters();
  void filter_names(const Filters& filters);
  std::vector<Verdict> verdicts_of(const Filters& filters);
  void edit_names(const Filters& filters);
  void show_from(const re2::RE2& regex);
  void prune_from(const re2::RE2& regex);
  void select_tags(const re2::RE2* show, const re2::RE2* hide);
  void filter_tags(const TagFilter& focus, const TagFilter& ignore);
  void show_controls();
  void edit_lines();
  void drop(size_t sample);
  void warn_unmatched(const char* option, const std::string& expression, bool matched);

  std::shared_ptr<const Profile> owned_;  // where frames were added to the caller's, or functions renamed
  const Profile* profile_;
  Options options_;
  Value value_;
  std::unique_ptr<LabelUnits> units_;
  Warnings warnings_;
  int64_t total_ = 0;

  // Each empty where nothing of its kind is filtered.
  std::vector<char> dropped_;     // by sample
  std::vector<char> tags_;        // by key: 1 where it is shown
  std::vector<char> hidden_;      // by location
  std::vector<uint8_t> cut_;      // by location: CutFlags
  uint8_t cut_any_ = 0;           // kShowFrom, kPruneFrom where they are in force
  std::vector<LineRange> lines_;  // by location, into line_store_
  std::vector<Line> line_store_;
};

}  // namespace prof::report
