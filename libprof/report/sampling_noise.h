// What is known of the noise of a sampled profile: the variance of each sample's value.
#pragma once

#include "libprof/report/diff.h"

namespace prof::report {

// Of the value that a View shows. CPU and wall time: a period, times how many periods an event stands for, as
// the profile's comments tell. Heap: of a block of s bytes, seen with probability p = 1 - exp(-s / period),
// the estimate's variance is s^2 (1 - p) / p.
class SamplingNoise {
 public:
  explicit SamplingNoise(const View& view);
  Noise kind() const { return kind_; }
  double event() const { return event_; }  // weight of a typical event
  double variance(size_t sample) const;

 private:
  const View& view_;
  Noise kind_ = Noise::kUnknown;
  double event_ = 1;
  size_t objects_ = 0, space_ = 0;  // kBytes: sample types
};

}  // namespace prof::report
