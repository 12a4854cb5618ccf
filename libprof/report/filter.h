// The filter expressions of Options, compiled: regular expressions on frames, ranges and regular expressions
// on tags (labels).
#pragma once

#include <re2/re2.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"

namespace prof::report {

using Regex = std::unique_ptr<re2::RE2>;  // null: not given

// Null for "". `name` is for messages: "cannot use -focus=...".
Result<Regex> compile_regex(std::string_view name, const std::string& expression);
bool matches(const re2::RE2& regex, std::string_view text);

// Remembers what a regex says of each interned string: a profile has far fewer strings than frames.
class StringMatcher {
 public:
  StringMatcher(const Profile& profile, const re2::RE2* regex);
  explicit operator bool() const { return regex_ != nullptr; }
  bool operator()(StringId id);

 private:
  const Profile& profile_;
  const re2::RE2* regex_;
  std::vector<char> known_;  // 0: not asked yet, 1: no, 2: yes
};

bool line_matches(StringMatcher& match, const Profile& profile, const Line& line);
bool mapping_matches(StringMatcher& match, const Profile& profile, const Location& location);

// The unit of each numeric label key: the first that a sample names; without any, bytes for "request" and
// "alignment", else the key itself.
class LabelUnits {
 public:
  LabelUnits(const Profile& profile, Warnings& warnings);
  std::string_view of(StringId key) const;

 private:
  const Profile& profile_;
  std::unordered_map<StringId, StringId> units_;
};

inline bool is_text(const Label& label) { return label.str != 0; }
inline bool is_number(const Label& label) {
  return label.str == 0 && (label.num != 0 || label.num_unit != 0 || label.is_zero);
}

// "[key=]value": `value` is a range of numbers with units (1kb, 1kb:, :1kb, 1kb:10kb) or regular expressions
// separated by commas.
using TagFilter = std::function<bool(std::span<const Label>)>;  // empty: not given
Result<TagFilter> compile_tag_filter(std::string_view name, const std::string& expression,
                                     const Profile& profile, const LabelUnits& units, Warnings& warnings);

}  // namespace prof::report
