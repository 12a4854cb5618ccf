#include "libprof/report/sampling_noise.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "libprof/report/filter.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr double kLeastUnseen = 1e-9;  // of large blocks, so that no number of events is infinite

// How many periods one event stands for, of the comment that a recorder of ours writes.
double periods_per_event(const Profile& profile) {
  for (const StringId id : profile.comments) {
    double asked = 0, achieved = 0;
    const std::string text(profile.string(id));
    if (std::sscanf(text.c_str(), "rate: %lf Hz asked, %lf Hz achieved", &asked, &achieved) == 2) {
      return achieved > 0 && asked > achieved ? asked / achieved : 1;
    }
  }
  return 1;
}

bool has_size(const Profile& profile, size_t sample) {
  const auto labels = profile.labels(sample);
  return std::any_of(labels.begin(), labels.end(), [&](const Label& label) {
    return is_number(label) && profile.string(label.key) == "bytes";
  });
}

// Whether each sample is of blocks of about one size. Go writes samples of no blocks, too, without a label.
bool tells_sizes(const Profile& profile, size_t objects) {
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (profile.values(i)[objects] != 0 && !has_size(profile, i)) return false;
  }
  return true;
}

// Nothing tells what folded stacks count. Events of one weight (samples, periods of a timer) are seen once at
// some stack, so that the lightest divides all; microseconds and bytes are not, where 0 is returned.
double lightest_event(const Profile& profile, size_t index) {
  int64_t lightest = 0, divisor = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    const int64_t value = profile.values(i)[index];
    if (value <= 0) continue;
    lightest = lightest == 0 ? value : std::min(lightest, value);
    divisor = std::gcd(divisor, value);
  }
  return lightest == divisor ? static_cast<double>(std::max<int64_t>(divisor, 1)) : 0;
}

// The events of Go's delays, and of ours, are contentions.
std::optional<size_t> count_beside(const Profile& profile) {
  const auto types = profile.sample_types();
  for (size_t i = 0; i < types.size(); i++) {
    if (profile.string(types[i].unit) == "count") return i;
  }
  return std::nullopt;
}

}  // namespace

SamplingNoise::SamplingNoise(const View& view) : view_(view) {
  const Profile& profile = view.profile();
  const auto types = profile.sample_types();
  const size_t index = view.value().index;
  const std::string_view type = profile.string(types[index].type), unit = profile.string(types[index].unit);
  const std::string_view period_unit = profile.string(profile.period_type.unit);
  const auto period = static_cast<double>(profile.period);

  const bool is_objects = type.ends_with("_objects"), is_space = type.ends_with("_space");
  if ((is_objects && index + 1 < types.size()) || (is_space && index > 0)) {
    objects_ = is_space ? index - 1 : index;
    space_ = is_space ? index : index + 1;
    kind_ = is_space || tells_sizes(profile, objects_) ? Noise::kBytes : Noise::kUnknown;
    event_ = std::max(period, 1.0);
    return;
  }
  const auto ratio = unit_ratio(period_unit, unit);
  const bool is_time = ratio && profile.string(profile.period_type.type) == type && period > 0;
  if (!is_time && type != "samples") {
    if (unit != "count") count_ = count_beside(profile);
    return;
  }
  const bool is_bare = type == "samples" && types.size() == 1 && period <= 1;
  const double event = is_bare ? lightest_event(profile, index) : is_time ? period * *ratio : 1;
  if (event == 0) return;
  kind_ = Noise::kEvents;
  event_ = event * periods_per_event(profile);
}

bench::Sampled SamplingNoise::of(size_t sample) const {
  const auto value = static_cast<double>(view_.value().of(view_.profile(), sample));
  if (count_) {
    const int64_t count = std::abs(view_.profile().values(sample)[*count_]);
    return {value, count > 0 ? value * value / static_cast<double>(count) : std::abs(value)};
  }
  if (kind_ != Noise::kBytes) return {value, std::abs(value) * event_};
  const auto values = view_.profile().values(sample);
  const auto objects = static_cast<double>(values[objects_]), space = static_cast<double>(values[space_]);
  const auto period = static_cast<double>(view_.profile().period);
  if (objects <= 0 || period <= 0) return {value, 0};
  // Empty blocks are sampled as if they had a byte.
  const double size = std::max(1.0, space / objects), seen = -std::expm1(-size / period);
  const double unseen = std::max(kLeastUnseen, 1 - seen);
  const double weight = view_.value().index == space_ ? size : 1;
  return {value, objects * weight * weight * unseen / seen};
}

}  // namespace prof::report
