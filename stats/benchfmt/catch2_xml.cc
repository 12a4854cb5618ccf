#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

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

// Where the tag or comment ends that the data begins with: a `>` between quotes is part of a name.
size_t end_of_tag(std::string_view data) {
  if (data.starts_with("<!--")) {
    const size_t end = data.find("-->");
    return end == std::string_view::npos ? end : end + 2;
  }
  bool quoted = false;
  for (size_t i = 0; i < data.size(); i++) {
    if (data[i] == '"') quoted = !quoted;
    if (data[i] == '>' && !quoted) return i;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_catch2_xml(std::string_view data) {
  data = data.substr(0, kLooked);
  return data.find("<BenchmarkResults") != std::string_view::npos &&
         data.find_first_not_of(" \t\r\n") != std::string_view::npos &&
         data[data.find_first_not_of(" \t\r\n")] == '<';
}

// <TestCase name>, in it <Section name> within each other, <BenchmarkResults name samples>, and in that <mean
// value> and <standardDeviation value ci>, in nanoseconds. With --benchmark-no-analysis the interval `ci` is
// 0, and so is the deviation, which nobody looked at: the mean is all that is known.
prof::Result<void> read_catch2_xml(std::string_view data, Source& source) {
  Emitter out(source);
  std::vector<std::string> places;  // the test case and the sections that are open
  std::string name;
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
    // What a program prints itself may stand between tags.
    const auto next = data.size() > 1 ? static_cast<unsigned char>(data[1]) : 0;
    if (std::isalpha(next) == 0 && next != '/' && next != '!' && next != '?') {
      data.remove_prefix(1);
      continue;
    }
    const size_t end = end_of_tag(data);
    if (end == std::string_view::npos) {
      source.problem(line, "the XML ends within a tag");
      return {};
    }
    const std::string_view tag = data.substr(0, end);
    const std::string_view kind = tag.substr(1, tag.find_first_of(" \t\r\n/", 1) - 1);
    const auto own_name = [&] {
      auto own = attribute(tag, "name");
      if (!own) source.problem(line, "missing name of " + std::string(kind));
      return std::move(own).value_or("");
    };
    if (kind == "BenchmarkResults" || tag == "</BenchmarkResults")
      end_results("missing mean or standard deviation of ");
    if (kind == "TestCase") {
      places = {own_name()};
    } else if (kind == "Section" && !tag.ends_with('/')) {
      places.push_back(own_name());
    } else if (tag == "</Section" && !places.empty()) {
      places.pop_back();
    } else if (kind == "BenchmarkResults") {
      name = own_name();
      moments = {kMissing, kMissing, number(tag, "samples")};
    } else if (kind == "mean") {
      moments.mean = number(tag, "value");
    } else if (kind == "standardDeviation" && !name.empty()) {
      moments.deviation = number(tag, "value");
      if (!std::isnan(moments.mean + moments.deviation + moments.size)) {
        std::string path;
        for (const std::string& place : places) path += place.empty() ? "" : place + "/";
        out.begin(path + name);
        if (number(tag, "ci") == 0) {
          out.add(moments.mean, "ns/op");
        } else {
          out.add(moments, "ns/op");
        }
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
