#include "libprof/profile/subtract.h"

namespace prof {
namespace {

// Wraps, as pprof's.
double total(const Profile& profile, size_t type) {
  uint64_t sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) sum += static_cast<uint64_t>(profile.values(i)[type]);
  return static_cast<double>(static_cast<int64_t>(sum));
}

// By sample type of `profile`: the base's total over its own.
Result<std::vector<double>> normalizing(const Profile& profile, const Profile& base) {
  const auto types = profile.sample_types(), others = base.sample_types();
  bool is_same = types.size() == others.size();
  for (size_t t = 0; is_same && t < types.size(); t++) {
    is_same = profile.string(types[t].type) == base.string(others[t].type) &&
              profile.string(types[t].unit) == base.string(others[t].unit);
  }
  if (!is_same) {
    return fail("cannot normalize: the profile and its base have different sample types",
                "name a base of the same kind");
  }
  std::vector<double> factors;
  for (size_t t = 0; t < types.size(); t++) {
    const double own = total(profile, t);
    factors.push_back(own == 0 ? 0 : total(base, t) / own);
  }
  return factors;
}

}  // namespace

Result<Profile> subtract(const Profile& profile, const Profile& base, const UnitRatio& ratio,
                         const Subtraction& how) {
  Merger::How plus, minus;
  if (how.is_normalized) {
    auto factors = normalizing(profile, base);
    if (!factors) return tl::unexpected(factors.error());
    plus.factors = std::move(*factors);
  }
  minus.is_negative = true;
  minus.mark = how.mark;
  Merger merger(ratio);
  (void)merger.add(profile, plus);  // the first always fits
  if (const auto added = merger.add(base, minus); !added) return tl::unexpected(added.error());
  return std::move(merger).finish();
}

}  // namespace prof
