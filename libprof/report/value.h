// Which value of each sample a report shows, and how amounts of it are written.
#pragma once

#include <cstdint>
#include <string>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::report {

struct Value {
  size_t index = 0;   // of the sample type
  bool mean = false;  // divided by value 0
  std::string type;   // "mean_" before it where mean
  std::string unit;   // of the profile
  std::string output_unit = "minimum";
  double ratio = 1;  // all values are multiplied by it when shown

  int64_t of(const Profile& profile, size_t sample) const { return profile.values(sample)[index]; }
  int64_t divisor(const Profile& profile, size_t sample) const {
    return mean ? profile.values(sample)[0] : 0;
  }

  std::string format(int64_t value) const;
};

// A sum of values and, for means, of their divisors.
struct Sum {
  int64_t value = 0;
  int64_t divisor = 0;
  void add(int64_t v,
           int64_t d) {  // wraps like pprof's: sums of profiles' 64-bit values have no better answer
    value = static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(v));
    divisor = static_cast<int64_t>(static_cast<uint64_t>(divisor) + static_cast<uint64_t>(d));
  }
  int64_t shown() const {
    return divisor == 0 || divisor == -1 ? (divisor == 0 ? value : negated(value)) : value / divisor;
  }

 private:
  static int64_t negated(int64_t v) { return static_cast<int64_t>(-static_cast<uint64_t>(v)); }
};

// |v|, with INT64_MIN left as it is.
inline int64_t magnitude(int64_t v) { return v < 0 ? static_cast<int64_t>(-static_cast<uint64_t>(v)) : v; }

// A fraction of an amount, toward zero; saturates.
int64_t fraction(int64_t value, double factor);

// Fails where options.sample_index names no sample type, listing those there are, or divide_by is 0.
Result<Value> choose_value(const Profile& profile, const Options& options);

}  // namespace prof::report
