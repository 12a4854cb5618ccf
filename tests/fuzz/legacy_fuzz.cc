// The readers of legacy formats on any bytes; what they accept must survive a round trip.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libprof/profile/codec.h"
#include "libprof/profile/legacy/legacy.h"

using namespace prof;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto profile = legacy::read({reinterpret_cast<const char*>(data), size});
  if (!profile) return 0;
  if (!*profile) {
    if (profile->error().what.empty()) std::abort();
    return 0;
  }
  const std::string encoded = encode_profile(**profile);
  const auto again = decode_profile(encoded, {"input", uint64_t{1} << 26});
  if (!again || encode_profile(*again) != encoded) std::abort();
  return 0;
}
