// Several profiles as one: equal samples are added up, and what is in none is gone.
//
// One Profile at a time goes in, so that memory is that of the result and of the largest, whatever their
// number. Rules, those of pprof: only sample types that all have remain, in the order of the first; units
// become the finest of each type; mappings are the same where size, file offset and build id (else file) are,
// addresses are relative to them; the period is the largest, the time the earliest, durations add up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "libprof/profile/profile.h"

namespace prof {

// How many `to` one `from` is; nothing where they measure different things.
using UnitRatio = std::function<std::optional<double>(std::string_view from, std::string_view to)>;

class Merger {
 public:
  explicit Merger(UnitRatio ratio);
  ~Merger();
  Merger(Merger&&) noexcept;

  struct How {
    bool is_negative = false;     // subtract its values
    std::string_view mark;        // a label of value "true" for its samples; "" for none
    std::vector<double> factors;  // by sample type of the profile; empty: 1
  };
  // Fails where it has no sample type or period in common with those before; the Merger is then as it was.
  Result<void> add(const Profile& profile, const How& how);
  Result<void> add(const Profile& profile) { return add(profile, How()); }

  size_t count() const;  // of profiles added
  Profile finish() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prof
