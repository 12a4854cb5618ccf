#include "stats/benchfmt/go_block.h"

#include <algorithm>

#include "libprof/base/hash.h"
#include "stats/benchfmt/fields.h"
#include "stats/benchproc/flat_index.h"
#include "stats/text/number.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

constexpr std::string_view kBenchmark = "Benchmark";

// `key:[ \t]+value`, or `key:`; the key starts with a lower-case letter and has neither space nor upper case
// in it.
bool parse_config(std::string_view line, std::string_view& key, std::string_view& value) {
  for (size_t pos = 0; pos < line.size();) {
    const Rune rune = decode_rune(line.substr(pos));
    if (pos == 0 && !is_lower(rune.code)) return false;
    if (is_space(rune.code) || is_upper(rune.code)) return false;
    if (rune.code == ':') {
      key = line.substr(0, pos);
      value = line.substr(pos + 1);
      const size_t start = std::min(value.find_first_not_of(" \t"), value.size());
      if (start == 0 && !value.empty()) return false;
      value.remove_prefix(start);
      return true;
    }
    pos += rune.size;
  }
  return false;
}

// The number in a pair_line() (go_writer.h).
std::string_view pair_number(std::string_view line) {
  constexpr std::string_view kBefore = "# pair ", kBehind = " of benchcmp run";
  if (!line.starts_with(kBefore) || !line.ends_with(kBehind)) return {};
  line.remove_prefix(kBefore.size());
  return line.substr(0, line.find(' '));
}

class BlockParser {
 public:
  explicit BlockParser(GoBlock& block) : block_(block) {}

  void line(std::string_view line) {
    block_.line_count++;
    using Kind = GoBlock::Line::Kind;
    if (line.starts_with(kBenchmark)) return result(line.substr(kBenchmark.size()));
    std::string_view rest = line;
    if (line.starts_with("Unit") && take_field(rest) == "Unit") {
      block_.lines.push_back({Kind::kUnit, block_.line_count, rest});
      return;
    }
    if (const std::string_view pair = pair_number(line); !pair.empty()) {
      block_.lines.push_back({Kind::kPair, block_.line_count, pair});
      return;
    }
    std::string_view key, value;
    if (parse_config(line, key, value))
      block_.lines.push_back({Kind::kConfig, block_.line_count, key, value});
  }

 private:
  void problem(std::string message) {
    block_.lines.push_back({GoBlock::Line::Kind::kProblem, block_.line_count, {}});
    block_.lines.back().problem = static_cast<uint32_t>(block_.problems.size());
    block_.problems.push_back(std::move(message));
  }

  void result(std::string_view line) {
    using Kind = GoBlock::Line::Kind;
    GoBlock::Line* before =
        !block_.lines.empty() && block_.lines.back().kind == Kind::kResults ? &block_.lines.back() : nullptr;
    Fields fields(line);
    const bool same_name = before != nullptr && fields.take_if(before->text);
    const std::string_view name = same_name ? before->text : fields.take();
    // Go prints the name alone where the benchmark then writes lines of its own.
    if (name.size() == line.size()) return;
    if (!take_alike(fields.rest()) && !take_numbers(fields)) return;
    if (same_name && before->first_unit == pattern_.first_unit && before->units == pattern_.units()) {
      before->results++;
    } else {
      block_.lines.push_back(
          {Kind::kResults, block_.line_count, name, {}, 1, pattern_.first_unit, pattern_.units()});
    }
  }

  // The numbers of a line that differs in nothing else from the last one that was understood, if it is one.
  bool take_alike(std::string_view rest) {
    const size_t first_value = block_.values.size();
    size_t size = pattern_.behind.empty() ? 0 : parse_count(rest);
    for (size_t i = 0; size != 0; i++) {
      const std::string_view behind = pattern_.behind[i];
      rest.remove_prefix(size);
      if (!starts_with(rest, behind)) break;
      rest.remove_prefix(behind.size());
      if (i + 1 == pattern_.behind.size()) {
        if (!rest.empty()) break;
        block_.iterations.push_back(iterations_);
        return true;
      }
      double value = 0;
      size = parse_plain(rest, value);
      block_.values.push_back(value);
    }
    block_.values.resize(first_value);
    return false;
  }

  // Into iterations_; the number of digits, 0 where parse_int must decide.
  size_t parse_count(std::string_view text) {
    constexpr size_t kSurelyFit = 18;
    size_t size = 0;
    for (iterations_ = 0; size < text.size() && text[size] >= '0' && text[size] <= '9'; size++) {
      if (size == kSurelyFit) return 0;
      iterations_ = 10 * iterations_ + (text[size] - '0');
    }
    return size;
  }

  // The count of iterations and the measurements, which become the pattern of the lines that follow. False
  // where they are a problem.
  bool take_numbers(Fields fields) {
    pattern_.behind.clear();
    const std::string_view count = fields.take();
    const auto fails = [&](std::string message) {
      pattern_.behind.clear();
      problem(std::move(message));
      return false;
    };
    if (count.empty()) return fails("missing iteration count");
    if (const auto error = parse_int(count, iterations_); error != NumberError::kNone)
      return fails(std::string("parsing iteration count: ") + describe(error));
    const size_t first_value = block_.values.size();
    const auto drop = [&](std::string message) {
      block_.values.resize(first_value);
      return fails(std::move(message));
    };
    units_.clear();
    std::string_view number = count;
    while (!fields.empty()) {
      pattern_.add(number, fields.rest().data());
      double value = 0;
      number = fields.take();
      if (const auto error = parse_float(number, value); error != NumberError::kNone)
        return drop(std::string("parsing measurement: ") + describe(error));
      const std::string_view unit = fields.take();
      if (unit.empty()) return drop("missing units");
      block_.values.push_back(value);
      units_.push_back(number_of(unit));
    }
    if (units_.empty()) return fails("missing measurements");
    pattern_.add(number, fields.rest().data());
    block_.iterations.push_back(iterations_);
    if (!has_units(pattern_.first_unit)) {
      auto& lists = block_.unit_lists;
      pattern_.first_unit = static_cast<uint32_t>(lists.size());
      lists.insert(lists.end(), units_.begin(), units_.end());
    }
    return true;
  }

  // Its place in block_.units, in which it is from now on.
  uint32_t number_of(std::string_view unit) {
    const size_t known = find_unit(unit);
    if (known == block_.units.size()) block_.units.push_back(unit);
    return static_cast<uint32_t>(known);
  }

  // As many as there are where it is new.
  size_t find_unit(std::string_view unit) {
    constexpr size_t kFew = 16;
    const auto& units = block_.units;
    if (units.size() <= kFew)
      return static_cast<size_t>(std::find(units.begin(), units.end(), unit) - units.begin());
    for (; indexed_ < units.size(); indexed_++)
      unit_index_.insert(prof::hash_of(units[indexed_]), static_cast<uint32_t>(indexed_));
    const uint32_t number =
        unit_index_.find(prof::hash_of(unit), [&](uint32_t known) { return units[known] == unit; });
    return number == FlatIndex::kNone ? units.size() : number;
  }

  // Whether unit_lists has those of the line there.
  bool has_units(size_t first) const {
    const auto& lists = block_.unit_lists;
    return first + units_.size() <= lists.size() &&
           std::equal(units_.begin(), units_.end(), lists.begin() + static_cast<ptrdiff_t>(first));
  }

  // What of a line is no number: mostly it is that of the line before.
  struct Pattern {
    std::vector<std::string_view> behind;  // the count and each value: space, unit, space
    uint32_t first_unit = 0;               // in unit_lists

    uint32_t units() const { return static_cast<uint32_t>(behind.size() - 1); }
    // `next` is where the number that follows begins, or the end of the line.
    void add(std::string_view number, const char* next) {
      const char* end = number.data() + number.size();
      behind.emplace_back(end, static_cast<size_t>(next - end));
    }
  };

  GoBlock& block_;
  Pattern pattern_;
  std::vector<uint32_t> units_;  // of the line
  int64_t iterations_ = 0;       // of the line
  FlatIndex unit_index_;         // of the first indexed_ units
  size_t indexed_ = 0;
};

}  // namespace

GoBlock parse_go_block(std::string_view data) {
  GoBlock block;
  // As many as short lines of `go test -benchmem` come to: growing step by step would copy all of them again.
  block.iterations.reserve(data.size() / 48);
  block.values.reserve(data.size() / 16);
  BlockParser parser(block);
  while (!data.empty()) {
    const size_t end = data.find('\n');
    std::string_view line = data.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
    parser.line(line);
  }
  return block;
}

}  // namespace bench
