// What is known of the noise of a sampled profile: of each sample's value, how far it is by chance.
#pragma once

#include <optional>

#include "libprof/report/diff.h"
#include "stats/benchmath/rates.h"

namespace prof::report {

// Of the value that a View shows. CPU and wall time: a period, times how many periods an event stands for, as
// the profile's comments tell. Heap: of a block of s bytes, seen with probability p = 1 - exp(-s / period),
// the estimate's variance is s^2 (1 - p) / p. The number of blocks is known only where samples tell sizes
// apart (a numeric label `bytes`, as Go's and ours have): its variance comes from the small blocks of a
// stack, its mean size from the large ones. Where it is not known, `of` has it up to a factor: of events that
// a count beside the value tells (contentions of a delay), else of units.
class SamplingNoise {
 public:
  explicit SamplingNoise(const View& view);
  Noise kind() const { return kind_; }
  double event() const { return event_; }  // weight of a usual event; of blocks, up to a factor
  bench::Sampled of(size_t sample) const;

 private:
  const View& view_;
  Noise kind_ = Noise::kUnknown;
  double event_ = 1;
  size_t objects_ = 0, space_ = 0;  // kBytes: sample types
  std::optional<size_t> count_;     // kUnknown: the sample type that counts events
};

}  // namespace prof::report
