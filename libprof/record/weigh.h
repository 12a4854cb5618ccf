// From raw events to sample values: what each sampled event stands for among those that were not sampled.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "libprof/spool/kinds.h"

namespace prof::record {

// One a sample type of the kind, in the order of KindInfo::sample_types. Fractions are kept until all events
// of a stack are summed: rounding each would bias the sum.
using Values = std::array<double, kMaxSampleTypes>;

struct Weigher {
  // `weight` and `value` as in spool::Event, `period` as the kind was recorded.
  Values (*weigh)(double weight, double value, double period);
  // Where the values of what was never freed are added once more; -1 for kinds without lifetimes.
  int live_values;
  // Whether samples of unlike size_class() stay apart, since what each stands for depends on its size.
  bool by_size;
  // The period as the profile states it, where that is not the recorded one.
  SampleType period_type;  // {nullptr, nullptr}: the kind's
  int64_t period;
};

const Weigher& weigher(Kind kind);

// `size` rounded up to the next of four steps in each power of two, as jemalloc's classes are: a stack has
// few classes, and the mean size of one gives the variance of its number of blocks within 2%. Not 0.
constexpr uint64_t size_class(uint64_t size) {
  if (size == 0) return 1;  // an empty block is sampled as if it had a byte
  const int low = size > 8 ? std::bit_width(size - 1) - 3 : 0;
  const uint64_t mask = (uint64_t{1} << low) - 1;
  return (size + mask) & ~mask;
}

// At most the variance, in ns^2, of the CPU time in the samples of a process that used `cpu_ns` on `threads`.
// Samples stand for whole periods, and only the first one of a thread has a phase, a random one: its time, of
// which the part f of a period is left over, is counted up with probability f, which is a variance of
// f(1 - f) periods^2.
double cpu_variance(double cpu_ns, double threads, double period_ns);

}  // namespace prof::record
