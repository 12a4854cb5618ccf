// The detection of formats and the reader of Go benchmark text on any bytes.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "stats/benchfmt/formats.h"

namespace {

struct Checked : bench::Records {
  void result(const bench::Result& result) override {
    if (result.values.empty()) std::abort();
    for (const auto& value : result.values) {
      if (value.unit.empty() || value.original_unit.empty()) std::abort();
    }
  }
  void problem(const std::string& message) override {
    if (message.empty()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  bench::UnitMetadata units;
  Checked records;
  bench::Source source{"f", {}, units, records};
  (void)bench::read_benchmarks(text, source);
  bench::Source again{"f", {}, units, records};
  (void)bench::read_go_text(text, again);
  return 0;
}
