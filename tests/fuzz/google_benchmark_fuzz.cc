// The reader of Google Benchmark JSON on any bytes.
#include <cstdint>
#include <cstdlib>

#include "stats/benchfmt/formats.h"

namespace {

struct Checked : bench::Records {
  void result(const bench::Result& result) override {
    if (result.values.empty()) std::abort();
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
  (void)bench::read_google_benchmark(text, source);
  return 0;
}
