// What the gate reads beside results, on any bytes: waivers, noise floors, thresholds and directions.
#include <cstdint>
#include <cstdlib>

#include "stats/gate/noise.h"
#include "stats/gate/policy.h"
#include "stats/gate/waivers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto waivers = bench::parse_waivers(text, "f")) {
    for (const bench::Waiver& waiver : *waivers) {
      (void)waiver.matches(text, "row");
      (void)waiver.expired("2026-01-01");
    }
  } else if (waivers.error().what.find("f:") == std::string::npos) {
    std::abort();
  }
  if (const auto noise = bench::parse_noise(text, "f")) {
    const std::string written = bench::write_noise(*noise);
    const auto again = bench::parse_noise(written, "f");
    if (!again || bench::write_noise(*again) != written) std::abort();
  }
  const auto share = bench::parse_percentage(text);
  if (share && !(*share >= 0)) std::abort();
  bench::Policy policy;
  bench::UnitMetadata units;
  (void)bench::add_threshold(text, policy);
  (void)bench::add_better(text, units);
  return 0;
}
