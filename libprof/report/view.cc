#include "libprof/report/view.h"

#include <fmt/format.h>

#include <algorithm>

#include "libprof/report/proto.h"
#include "libprof/report/tag_frames.h"
#include "libprof/symbols/profile_names.h"

namespace prof::report {
namespace {

bool line_matches(StringMatcher& match, const Profile& profile, const Line& line) {
  const Function& function = profile.functions()[line.function];
  return match(function.name) || match(function.filename);
}

bool mapping_matches(StringMatcher& match, const Profile& profile, const Location& location) {
  return location.mapping != kNoIndex && match(profile.mappings()[location.mapping].file);
}

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

struct View::Filters {
  Regex focus, ignore, hide, show, show_from, tagshow, taghide, prune_from;
  TagFilter tagfocus, tagignore;
};

Result<View> View::make(const Profile& profile, const Options& options) {
  View view(profile, options);
  if (options.per_thread) view.options_.sort = "cum";  // a thread has no value of its own
  if (options.template_depth >= 0) {
    view.owned_ = std::make_shared<const Profile>(
        symbols::limit_templates(copy_of(profile, false, ""), options.template_depth));
    view.profile_ = view.owned_.get();
  }
  if (options.adds_frames()) {
    const auto plain =
        make(*view.profile_, Options());  // without the frames to drop, whose callees tags are not
    if (!plain) return tl::unexpected(plain.error());
    view.owned_ =
        std::make_shared<const Profile>(add_tag_frames(filtered_profile(*plain), options, view.warnings_));
    view.profile_ = view.owned_.get();
  }
  auto value = choose_value(*view.profile_, options);
  if (!value) return tl::unexpected(value.error());
  view.value_ = std::move(*value);
  view.units_ = std::make_unique<LabelUnits>(*view.profile_, view.warnings_);
  if (profile.sample_count() == 0) view.warnings_.push_back("the profile has no samples");
  if (profile.drop_frames != 0 && !options.adds_frames()) view.drop_frames();
  if (!options.relative_percentages) view.compute_total();
  if (auto applied = view.apply_filters(); !applied) return tl::unexpected(applied.error());
  if (options.relative_percentages) view.compute_total();
  return view;
}

std::span<const uint32_t> View::stack(size_t sample) const {
  std::span<const uint32_t> stack = profile_->stack(sample);
  if (cut_.empty()) return stack;
  if ((cut_any_ & kShowFrom) != 0) {
    size_t end = stack.size();
    while (end > 0 && (cut_[stack[end - 1]] & kShowFrom) == 0) end--;
    stack = stack.first(end);
  }
  // From the root: the first frame to drop after a frame of the user's takes all beneath it along.
  bool seen_kept = false;
  for (size_t i = stack.size(); i-- > 0;) {
    const uint8_t flags = cut_[stack[i]] & (kDrop | kDropBeneath);
    if (flags == 0) {
      seen_kept = true;
    } else if (seen_kept) {
      stack = stack.subspan((flags & kDrop) != 0 ? i + 1 : i);
      break;
    }
  }
  if ((cut_any_ & kPruneFrom) != 0) {  // from the leaf
    for (size_t i = 0; i < stack.size(); i++) {
      if ((cut_[stack[i]] & kPruneFrom) != 0) return stack.subspan(i);
    }
  }
  return stack;
}

void View::written_lines(uint32_t location, std::vector<Line>& written) const {
  auto shown = lines(location);
  if (options_.noinlines && shown.size() > 1) shown = shown.last(1);
  written.assign(shown.begin(), shown.end());
  if (!options_.noinlines || options_.showcolumns) return;
  for (Line& line : written) line.column = 0;
}

void View::edit_lines() {
  if (!lines_.empty()) return;
  for (const Location& location : profile_->locations()) {
    const auto lines = profile_->lines(location);
    lines_.push_back({static_cast<uint32_t>(line_store_.size()), static_cast<uint32_t>(lines.size())});
    line_store_.insert(line_store_.end(), lines.begin(), lines.end());
  }
}

void View::drop(size_t sample) {
  if (dropped_.empty()) dropped_.resize(profile_->sample_count());
  dropped_[sample] = 1;
}

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

void View::compute_total() {
  Sum all, base;
  for (size_t i = 0; i < profile_->sample_count(); i++) {
    if (!keeps(i)) continue;
    const int64_t v = magnitude(value_.of(*profile_, i)), d = value_.divisor(*profile_, i);
    all.add(v, d);
    for (const Label& label : profile_->labels(i)) {
      const bool is_base = profile_->string(label.key) == kBaseTag && profile_->string(label.str) == "true";
      if (is_base && shows_tag(label)) base.add(v, d);
    }
  }
  total_ = (base.value > 0 ? base : all).shown();
}

Result<void> View::apply_filters() {
  Filters filters;
  const struct {
    const char* name;
    const std::string& expression;
    Regex& regex;
  } regexes[] = {{"focus", options_.focus, filters.focus},
                 {"ignore", options_.ignore, filters.ignore},
                 {"hide", options_.hide, filters.hide},
                 {"show", options_.show, filters.show},
                 {"show_from", options_.show_from, filters.show_from},
                 {"tagshow", options_.tagshow, filters.tagshow},
                 {"taghide", options_.taghide, filters.taghide},
                 {"prune_from", options_.prune_from, filters.prune_from}};
  for (const auto& [name, expression, regex] : regexes) {
    auto compiled = compile_regex(name, expression);
    if (!compiled) return tl::unexpected(compiled.error());
    regex = std::move(*compiled);
  }
  const struct {
    const char* name;
    const std::string& expression;
    TagFilter& filter;
  } tags[] = {{"tagfocus", options_.tagfocus, filters.tagfocus},
              {"tagignore", options_.tagignore, filters.tagignore}};
  for (const auto& [name, expression, filter] : tags) {
    auto compiled = compile_tag_filter(name, expression, *profile_, *units_, warnings_);
    if (!compiled) return tl::unexpected(compiled.error());
    filter = std::move(*compiled);
  }
  if (filters.focus || filters.ignore || filters.hide || filters.show) filter_names(filters);
  if (filters.show_from) show_from(*filters.show_from);
  if (filters.tagfocus || filters.tagignore) filter_tags(filters.tagfocus, filters.tagignore);
  if (filters.tagshow || filters.taghide) select_tags(filters.tagshow.get(), filters.taghide.get());
  if (filters.prune_from) prune_from(*filters.prune_from);
  return {};
}

void View::warn_unmatched(const char* option, const std::string& expression, bool matched) {
  if (!expression.empty() && !matched) {
    warnings_.push_back(fmt::format("{} '{}' matched no samples", option, expression));
  }
}

void View::filter_names(const Filters& filters) {
  const Profile& p = *profile_;
  StringMatcher focus(p, filters.focus.get()), ignore(p, filters.ignore.get()), hide(p, filters.hide.get()),
      show(p, filters.show.get());
  const auto any = [&](StringMatcher& match, uint32_t l) {
    const auto all = lines(l);
    return std::any_of(all.begin(), all.end(),
                       [&](const Line& line) { return line_matches(match, p, line); }) ||
           mapping_matches(match, p, p.locations()[l]);
  };
  enum : char { kNeither, kFocused, kIgnored };
  std::vector<char> verdict(p.locations().size(), kNeither);
  bool focus_matched = false, ignore_matched = false, hide_matched = false, show_matched = false;
  if (hide || show) {
    hidden_.resize(p.locations().size());
    edit_lines();
  }
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    if (ignore && any(ignore, l)) {
      ignore_matched = true;
      verdict[l] = kIgnored;
    } else if (!focus || any(focus, l)) {
      focus_matched = true;
      verdict[l] = kFocused;
    }
    const auto keep_lines = [&](auto&& wanted) {
      const auto begin = line_store_.begin() + lines_[l].first;
      const auto end = std::stable_partition(begin, begin + lines_[l].count, wanted);
      lines_[l].count = static_cast<uint32_t>(end - begin);
      hidden_[l] |= lines_[l].count == 0;
    };
    if (hide && any(hide, l)) {
      hide_matched = true;
      const bool whole = mapping_matches(hide, p, p.locations()[l]);
      keep_lines([&](const Line& line) { return !whole && !line_matches(hide, p, line); });
    }
    if (show) {
      const bool whole = mapping_matches(show, p, p.locations()[l]);
      keep_lines([&](const Line& line) { return whole || line_matches(show, p, line); });
      show_matched |= lines_[l].count > 0;
    }
  }
  warn_unmatched("focus", options_.focus, focus_matched);
  warn_unmatched("ignore", options_.ignore, ignore_matched);
  warn_unmatched("hide", options_.hide, hide_matched);
  warn_unmatched("show", options_.show, show_matched);

  for (size_t i = 0; i < p.sample_count(); i++) {
    bool focused = false, ignored = false, shown = hidden_.empty();
    for (const uint32_t l : stack(i)) {
      focused |= verdict[l] == kFocused;
      ignored |= verdict[l] == kIgnored;
      shown |= !hidden_.empty() && !hidden_[l];
    }
    if (!focused || ignored || !shown) drop(i);
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

void View::select_tags(const re2::RE2* show, const re2::RE2* hide) {
  tags_.assign(profile_->string_count(), 0);
  std::vector<char> is_key(profile_->string_count());
  bool show_matched = false, hide_matched = false;
  for (size_t i = 0; i < profile_->sample_count(); i++) {
    if (!keeps(i)) continue;
    for (const Label& label : profile_->labels(i)) is_key[label.key] = 1;
  }
  for (StringId key = 0; key < is_key.size(); key++) {
    if (!is_key[key]) continue;
    const bool shown = show == nullptr || matches(*show, profile_->string(key));
    const bool hidden = hide != nullptr && matches(*hide, profile_->string(key));
    show_matched |= shown;
    hide_matched |= hidden;
    tags_[key] = shown && !hidden;
  }
  warn_unmatched("tagshow", options_.tagshow, show_matched);
  warn_unmatched("taghide", options_.taghide, hide_matched);
}

void View::filter_tags(const TagFilter& focus, const TagFilter& ignore) {
  bool focus_matched = false, ignore_matched = false;
  for (size_t i = 0; i < profile_->sample_count(); i++) {
    if (!keeps(i)) continue;
    const auto labels = profile_->labels(i);
    const bool focused = !focus || focus(labels), ignored = ignore && ignore(labels);
    focus_matched |= focused;
    ignore_matched |= ignored;
    if (!focused || ignored) drop(i);
  }
  warn_unmatched("tagfocus", options_.tagfocus, focus_matched);
  warn_unmatched("tagignore", options_.tagignore, ignore_matched);
}

}  // namespace prof::report
