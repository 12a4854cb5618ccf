#include "libprof/record/weigh.h"

#include <algorithm>
#include <cmath>

namespace prof::record {
namespace {

// A sample is `weight` expiries of a timer of `period` nanoseconds of CPU time.
Values weigh_cpu(double weight, double, double period) { return {weight, weight * period}; }

// The agent lets every byte be the sampled one with a mean distance of `period`, and counts size + 1 bytes a
// block so that empty ones are seen too. Unbiased at the block's own size; correcting a mean size would not
// be.
Values weigh_heap(double, double size, double period) {
  const double probability = -std::expm1(-(size + 1) / std::max(period, 1.0));
  return {1 / probability, size / probability};
}

// A wait shorter than the period is recorded with probability wait / period, a longer one always.
Values weigh_mutex(double, double wait, double period) {
  const double probability = std::min(1.0, std::max(wait, 1.0) / std::max(period, 1.0));
  return {1 / probability, wait / probability};
}

// Wall-clock time: `ns` of a thread, whose share of a sample may be any.
Values weigh_wall(double, double ns, double period) { return {ns / std::max(period, 1.0), ns}; }

// By Kind. Mutex values are final: a reader must not scale them by a period of nanoseconds.
constexpr Weigher kWeighers[] = {
    {weigh_cpu, -1, false, {nullptr, nullptr}, 0},
    {weigh_heap, 2, true, {nullptr, nullptr}, 0},
    {weigh_mutex, -1, false, {"contentions", "count"}, 1},
    {weigh_wall, -1, false, {nullptr, nullptr}, 0},
};
static_assert(std::size(kWeighers) == kKindCount);

}  // namespace

const Weigher& weigher(Kind kind) { return kWeighers[static_cast<size_t>(kind)]; }

double cpu_variance(double cpu_ns, double threads, double period_ns) {
  return std::min(cpu_ns * period_ns, threads * period_ns * period_ns / 4);
}

}  // namespace prof::record
