// The profile decoder on any bytes; what it accepts must survive a round trip and every report.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libprof/profile/codec.h"
#include "libprof/report/raw.h"
#include "libprof/report/tags.h"
#include "libprof/report/top.h"
#include "libprof/report/traces.h"
#include "libprof/report/tree.h"

using namespace prof;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const DecodeOptions options{"input", uint64_t{1} << 24};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto profile = decode_profile(bytes, options);
  if (!profile) {
    if (profile.error().what.empty()) std::abort();
    return 0;
  }
  const std::string encoded = encode_profile(*profile);
  const auto again = decode_profile(encoded, options);
  if (!again || encode_profile(*again) != encoded) std::abort();

  const auto view = report::View::make(*profile, {});
  if (!view) return 0;
  uint64_t written = 0;
  const report::Sink sink = [&](std::string_view text) { written += text.size(); };
  sink(report::print(report::top(*view)));
  sink(report::print(report::tree(*view)));
  sink(report::print_tags(report::tags(*view), *view));
  report::print_traces(*view, sink);
  report::print_raw(*view, sink);
  if (written == 0) std::abort();
  return 0;
}
