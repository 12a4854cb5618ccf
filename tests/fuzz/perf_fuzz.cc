// perf.data of any bytes; what it accepts must survive a round trip. No file that the input names is opened.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libprof/perf/perf_data.h"
#include "libprof/profile/codec.h"

using namespace prof;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto profile =
      perf::read_perf_data({reinterpret_cast<const char*>(data), size}, {"input", uint64_t{1} << 22, false});
  if (!profile) {
    if (profile.error().what.empty()) std::abort();
    return 0;
  }
  const std::string encoded = encode_profile(*profile);
  const auto again = decode_profile(encoded, {"input", uint64_t{1} << 28});
  if (!again || encode_profile(*again) != encoded) std::abort();
  return 0;
}
