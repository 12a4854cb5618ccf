// Every reader of the table of formats on any bytes, also on those that it would not take for its own.
#include <cstdint>
#include <cstdlib>

#include "stats/benchfmt/reader.h"

namespace {

struct Checked : bench::Records {
  void result(const bench::Result& result) override {
    if (result.values.empty() || result.config == nullptr) std::abort();
  }
  void problem(const std::string& message) override {
    if (message.empty()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bench::Format& format : bench::formats()) {
    bench::UnitMetadata units;
    Checked records;
    bench::Source source{"f", {}, units, records};
    (void)format.detect(text);
    (void)bench::read_benchmarks(text, source, &format);
  }
  return 0;
}
