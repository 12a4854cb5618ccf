// Folded stacks and `perf script` of any bytes; what they accept must survive a round trip.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libprof/profile/codec.h"
#include "libprof/profile/folded.h"

using namespace prof;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const auto& reader : {read_folded, read_perf_script}) {
    const auto profile = reader({reinterpret_cast<const char*>(data), size});
    if (!profile) continue;
    if (!*profile) {
      if (profile->error().what.empty()) std::abort();
      continue;
    }
    const std::string encoded = encode_profile(**profile);
    const auto again = decode_profile(encoded, {"input", uint64_t{1} << 28});
    if (!again || encode_profile(*again) != encoded) std::abort();
  }
  return 0;
}
