#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::string unescape(std::string_view text) {
  struct {
    std::string_view entity;
    char character;
  } constexpr kEntities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
  std::string out;
  while (!text.empty()) {
    size_t taken = 1;
    char character = text[0];
    for (const auto& known : kEntities) {
      if (!text.starts_with(known.entity)) continue;
      character = known.character;
      taken = known.entity.size();
    }
    out += character;
    text.remove_prefix(taken);
  }
  return out;
}

std::optional<std::string> attribute(std::string_view tag, std::string_view name) {
  const std::string opening = " " + std::string(name) + "=\"";
  const size_t start = tag.find(opening);
  if (start == std::string_view::npos) return std::nullopt;
  tag.remove_prefix(start + opening.size());
  const size_t end = tag.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  return unescape(tag.substr(0, end));
}

double number(std::string_view tag, std::string_view name) {
  const auto text = attribute(tag, name);
  double value = 0;
  if (!text || parse_float(*text, value) != NumberError::kNone) return kMissing;
  return value;
}

}  // namespace

bool is_catch2_xml(std::string_view data) {
  data = data.substr(0, kLooked);
  return data.find("<BenchmarkResults") != std::string_view::npos &&
         data.find_first_not_of(" \t\r\n") != std::string_view::npos &&
         data[data.find_first_not_of(" \t\r\n")] == '<';
}

// <TestCase name>, <BenchmarkResults name samples>, and in it <mean value> and <standardDeviation value>, in
// nanoseconds.
prof::Result<void> read_catch2_xml(std::string_view data, Source& source) {
  Emitter out(source);
  std::string test_case, name;
  Moments moments;
  size_t line = 1;
  const auto end_results = [&](const char* how) {
    if (!name.empty()) source.problem(line, how + name);
    name.clear();
  };
  while (true) {
    const size_t start = data.find('<');
    if (start == std::string_view::npos) {
      end_results("the XML ends within the results of ");
      return {};
    }
    line += static_cast<size_t>(std::count(data.begin(), data.begin() + static_cast<ptrdiff_t>(start), '\n'));
    data.remove_prefix(start);
    const size_t end = data.find('>');
    if (end == std::string_view::npos) {
      source.problem(line, "the XML ends within a tag");
      return {};
    }
    const std::string_view tag = data.substr(0, end);
    const std::string_view kind = tag.substr(1, tag.find_first_of(" \t\r\n/", 1) - 1);
    if (kind == "BenchmarkResults" || tag == "</BenchmarkResults")
      end_results("missing mean or standard deviation of ");
    if (kind == "TestCase") {
      test_case = attribute(tag, "name").value_or("");
    } else if (kind == "BenchmarkResults") {
      name = attribute(tag, "name").value_or("");
      moments = {kMissing, kMissing, number(tag, "samples")};
    } else if (kind == "mean") {
      moments.mean = number(tag, "value");
    } else if (kind == "standardDeviation" && !name.empty()) {
      moments.deviation = number(tag, "value");
      if (!std::isnan(moments.mean + moments.deviation + moments.size)) {
        out.begin(test_case.empty() ? name : test_case + "/" + name);
        out.add(moments, "ns/op");
        out.end();
      } else {
        source.problem(line, "missing samples, mean or standard deviation of " + name);
      }
      name.clear();
    }
    line += static_cast<size_t>(std::count(tag.begin(), tag.end(), '\n'));
    data.remove_prefix(end);
  }
}

}  // namespace bench
