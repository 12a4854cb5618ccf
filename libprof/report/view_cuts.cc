// Where stacks of a View are cut off.
#include "libprof/report/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace prof::report {
namespace {

// The name that expressions on callees to leave out are about: without a leading dot, and without arguments,
// which start at the first parenthesis that is not part of a name.
std::string_view plain_name(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  for (size_t at = 0; (at = name.find('(', at)) != std::string_view::npos; at++) {
    const std::string_view rest = name.substr(at);
    if (rest.starts_with("(anonymous namespace)")) continue;
    if (rest.starts_with("()") && name.substr(0, at).ends_with("operator")) continue;
    return name.substr(0, at);
  }
  return name;
}

}  // namespace

void View::drop_frames() {
  const auto whole = [&](StringId text) { return fmt::format("^({})$", profile_->string(text)); };
  auto drop = compile_regex("drop_frames", whole(profile_->drop_frames));
  Result<Regex> keep = Regex();
  if (profile_->keep_frames != 0) keep = compile_regex("keep_frames", whole(profile_->keep_frames));
  if (!drop || !keep) {
    warnings_.push_back((!drop ? drop : keep).error().message() + "; the profile's drop_frames is ignored");
    return;
  }
  std::vector<char> known(profile_->string_count());
  const auto is_dropped = [&](const Line& line) {
    const StringId name = profile_->functions()[line.function].name;
    if (name == 0) return false;
    if (known[name] == 0) {
      const std::string_view plain = plain_name(profile_->string(name));
      known[name] = matches(**drop, plain) && !(*keep && matches(**keep, plain)) ? 2 : 1;
    }
    return known[name] == 2;
  };
  for (uint32_t l = 0; l < profile_->locations().size(); l++) {
    const auto all = profile_->lines(profile_->locations()[l]);
    size_t outermost = all.size();  // the dropped line nearest the root, and how many lines are before it
    while (outermost > 0 && !is_dropped(all[outermost - 1])) outermost--;
    if (outermost == 0) continue;
    cut_.resize(profile_->locations().size());
    if (outermost == all.size()) {
      cut_[l] |= kDrop;
    } else {
      cut_[l] |= kDropBeneath;
      edit_lines();
      lines_[l].first += static_cast<uint32_t>(outermost);
      lines_[l].count -= static_cast<uint32_t>(outermost);
    }
  }
}

void View::show_from(const re2::RE2& regex) {
  const Profile& p = *profile_;
  StringMatcher match(p, &regex);
  bool matched = false;
  edit_lines();
  cut_.resize(p.locations().size());
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    const uint8_t cut = visible(l) ? kShowFrom : 0;  // a hidden frame starts nothing, though it matches
    if (mapping_matches(match, p, p.locations()[l])) {
      cut_[l] |= cut;
      matched = true;
      continue;
    }
    const auto all = lines(l);
    size_t count = all.size();
    while (count > 0 && !line_matches(match, p, all[count - 1])) count--;
    if (count == 0) continue;
    lines_[l].count = static_cast<uint32_t>(count);
    cut_[l] |= cut;
    matched = true;
  }
  cut_any_ |= kShowFrom;
  warn_unmatched("show_from", options_.show_from, matched);
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (stack(i).empty()) drop(i);
  }
}

void View::prune_from(const re2::RE2& regex) {
  edit_lines();
  cut_.resize(profile_->locations().size());
  cut_any_ |= kPruneFrom;
  for (uint32_t l = 0; l < profile_->locations().size(); l++) {
    const auto all = lines(l);
    for (uint32_t i = 0; i < all.size(); i++) {
      const StringId name = profile_->functions()[all[i].function].name;
      if (name == 0 || !matches(regex, plain_name(profile_->string(name)))) continue;
      cut_[l] |= kPruneFrom;
      lines_[l].first += i;
      lines_[l].count -= i;
      break;
    }
  }
}

}  // namespace prof::report
