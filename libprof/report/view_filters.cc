// What of a View its filter expressions leave.
#include "libprof/report/view.h"

#include <algorithm>

namespace prof::report {
namespace {

bool any_matches(StringMatcher& match, const View& view, uint32_t location) {
  const auto lines = view.lines(location);
  const auto has_it = [&](const Line& line) { return line_matches(match, view.profile(), line); };
  return std::any_of(lines.begin(), lines.end(), has_it) ||
         mapping_matches(match, view.profile(), view.profile().locations()[location]);
}

}  // namespace

struct View::Filters {
  Regex focus, ignore, hide, show, show_from, tagshow, taghide, prune_from;
  TagFilter tagfocus, tagignore;
};

enum class View::Verdict : uint8_t { kNeither, kFocused, kIgnored };

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

void View::filter_names(const Filters& filters) {
  const std::vector<Verdict> verdicts = verdicts_of(filters);
  if (filters.hide || filters.show) edit_names(filters);
  const auto has = [&](std::span<const uint32_t> stack, Verdict wanted) {
    return std::any_of(stack.begin(), stack.end(), [&](uint32_t l) { return verdicts[l] == wanted; });
  };
  for (size_t i = 0; i < profile_->sample_count(); i++) {
    const auto frames = stack(i);
    const bool is_shown =
        hidden_.empty() || std::any_of(frames.begin(), frames.end(), [&](uint32_t l) { return !hidden_[l]; });
    if (!has(frames, Verdict::kFocused) || has(frames, Verdict::kIgnored) || !is_shown) drop(i);
  }
}

// By location.
std::vector<View::Verdict> View::verdicts_of(const Filters& filters) {
  StringMatcher focus(*profile_, filters.focus.get()), ignore(*profile_, filters.ignore.get());
  std::vector<Verdict> verdicts(profile_->locations().size(), Verdict::kNeither);
  bool focus_matched = false, ignore_matched = false;
  for (uint32_t l = 0; l < verdicts.size(); l++) {
    if (ignore && any_matches(ignore, *this, l)) {
      ignore_matched = true;
      verdicts[l] = Verdict::kIgnored;
    } else if (!focus || any_matches(focus, *this, l)) {
      focus_matched = true;
      verdicts[l] = Verdict::kFocused;
    }
  }
  warn_unmatched("focus", options_.focus, focus_matched);
  warn_unmatched("ignore", options_.ignore, ignore_matched);
  return verdicts;
}

// Leaves out lines, and locations that have none left.
void View::edit_names(const Filters& filters) {
  const Profile& p = *profile_;
  StringMatcher hide(p, filters.hide.get()), show(p, filters.show.get());
  bool hide_matched = false, show_matched = false;
  hidden_.resize(p.locations().size());
  edit_lines();
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    const auto keep_lines = [&](auto&& wanted) {
      const auto begin = line_store_.begin() + lines_[l].first;
      const auto end = std::stable_partition(begin, begin + lines_[l].count, wanted);
      lines_[l].count = static_cast<uint32_t>(end - begin);
      hidden_[l] |= lines_[l].count == 0;
    };
    if (hide && any_matches(hide, *this, l)) {
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
  warn_unmatched("hide", options_.hide, hide_matched);
  warn_unmatched("show", options_.show, show_matched);
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
