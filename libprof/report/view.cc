#include "libprof/report/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "libprof/base/terminal_text.h"
#include "libprof/report/proto.h"
#include "libprof/report/tag_frames.h"
#include "libprof/symbols/profile_names.h"

namespace prof::report {

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
  if (options.terminal_names) view.show_controls();
  return view;
}

// Last: filters are of names as they are.
void View::show_controls() {
  const auto count = static_cast<StringId>(profile_->string_count());
  std::optional<ProfileBuilder> builder;
  for (StringId id = 0; id < count; id++) {
    const std::string_view text = profile_->string(id);
    if (!has_controls(text)) continue;
    if (!builder) builder.emplace(copy_of(*profile_, false, ""));
    builder->set_string(id, terminal_name(text));
  }
  value_.type = terminal_name(value_.type);
  value_.unit = terminal_name(value_.unit);
  if (!builder) return;
  owned_ = std::make_shared<const Profile>(std::move(*builder).finish());
  profile_ = owned_.get();
  Warnings none;
  units_ = std::make_unique<LabelUnits>(*profile_, none);
}

std::span<const uint32_t> View::stack(size_t sample) const {
  std::span<const uint32_t> stack = profile_->stack(sample);
  if (cut_.empty()) return stack;
  // pprof drops when it reads, before it filters. From the root: the first frame to drop after a frame of the
  // user's takes all beneath it along.
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
  if ((cut_any_ & kShowFrom) != 0) {
    size_t end = stack.size();
    while (end > 0 && (cut_[stack[end - 1]] & kShowFrom) == 0) end--;
    stack = stack.first(end);
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

void View::compute_total() {
  Sum all, base;
  for (size_t i = 0; i < profile_->sample_count(); i++) {
    if (!keeps(i)) continue;
    const int64_t v = magnitude(value_.of(*profile_, i)), d = value_.divisor(*profile_, i);
    all.add(v, d);
    const auto labels = profile_->labels(i);
    const bool is_base = std::any_of(labels.begin(), labels.end(), [&](const Label& label) {
      return profile_->string(label.key) == kBaseTag && profile_->string(label.str) == "true" &&
             shows_tag(label);
    });
    if (is_base) base.add(v, d);
  }
  total_ = (base.value > 0 ? base : all).shown();
}

void View::warn_unmatched(const char* option, const std::string& expression, bool matched) {
  if (!expression.empty() && !matched) {
    warnings_.push_back(fmt::format("{} '{}' matched no samples", option, expression));
  }
}

}  // namespace prof::report
