// The detection of formats and the reader of Go benchmark text on any bytes; and a text cut in two blocks at
// any line says what it says in one.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/go_block.h"

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
  const size_t newline = text.find('\n', size / 2);
  if (newline == std::string_view::npos) return 0;
  const auto whole = bench::parse_go_block(text), first = bench::parse_go_block(text.substr(0, newline + 1)),
             second = bench::parse_go_block(text.substr(newline + 1));
  if (whole.line_count != first.line_count + second.line_count ||
      whole.problems.size() != first.problems.size() + second.problems.size() ||
      whole.iterations.size() != first.iterations.size() + second.iterations.size() ||
      whole.values.size() != first.values.size() + second.values.size()) {
    std::abort();
  }
  return 0;
}
