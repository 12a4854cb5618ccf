#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr std::string_view kTest = "test ", kBench = " ... bench:";

}  // namespace

bool is_cargo(std::string_view data) {
  data = data.substr(0, kLooked);
  return data.find(kBench) != std::string_view::npos;
}

// `test NAME ... bench:  18,149 ns/iter (+/- 755)`. What follows +/- is the range of the runs, from which no
// test can be made: each line is one run, and several outputs in one file are several.
prof::Result<void> read_cargo(std::string_view data, Source& source) {
  Emitter out(source);
  for_each_line(data, [&](std::string_view line, size_t number) {
    const size_t at = line.find(kBench);
    if (!line.starts_with(kTest) || at == std::string_view::npos || at <= kTest.size()) return;
    const auto words = words_of(line.substr(at + kBench.size()));
    std::string digits;
    for (const char c : words.empty() ? std::string_view() : words[0]) {
      if (c != ',') digits += c;
    }
    double value = 0;
    if (parse_float(digits, value) != NumberError::kNone)
      return source.problem(number, "expected a number of ns/iter");
    const std::string_view unit = words.size() > 1 ? words[1].substr(0, words[1].find('/')) : "";
    const double seconds = seconds_of(unit);
    if (seconds == 0) return source.problem(number, "expected ns/iter behind the number");
    out.begin(line.substr(kTest.size(), at - kTest.size()));
    out.add(value * seconds, "sec/op");
    out.end();
  });
  return {};
}

}  // namespace bench
