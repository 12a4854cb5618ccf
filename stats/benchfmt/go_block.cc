#include "stats/benchfmt/go_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "libprof/base/hash.h"
#include "stats/benchproc/flat_index.h"
#include "stats/text/number.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

constexpr std::string_view kBenchmark = "Benchmark";

enum class Byte : unsigned char { kOther, kSpace, kBeyondAscii };
constexpr auto kBytes = [] {
  std::array<Byte, 256> table{};
  for (size_t i = 0x80; i < table.size(); i++) table[i] = Byte::kBeyondAscii;
  for (const unsigned char space : {' ', '\t', '\n', '\v', '\f', '\r'}) table[space] = Byte::kSpace;
  return table;
}();
Byte kind_of(char c) { return kBytes[static_cast<unsigned char>(c)]; }

// The bytes of the space at `at`, which is beyond ASCII; 0 where it is none.
size_t wide_space(const char* at, const char* end) {
  const Rune rune = decode_rune({at, static_cast<size_t>(end - at)});
  return is_space(rune.code) ? rune.size : 0;
}

// Passes over bytes that are neither space, control characters nor beyond ASCII, eight at a time. (Mycroft's
// test for bytes below a bound: a borrow can only come from a byte that is one.)
const char* skip_plain(const char* at, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = kOnes << 7;
  for (uint64_t word = 0; end - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    const uint64_t hits = ((word - kOnes * (' ' + 1)) | word) & kHighs;
    if (hits != 0) return at + std::countr_zero(hits) / 8;
  }
  return at;
}

const char* skip_field(const char* at, const char* end) {
  while (true) {
    at = skip_plain(at, end);
    while (at != end && kind_of(*at) == Byte::kOther) at++;
    if (at == end || kind_of(*at) == Byte::kSpace || wide_space(at, end) != 0) return at;
    at++;
  }
}

const char* skip_space(const char* at, const char* end) {
  while (true) {
    while (at != end && kind_of(*at) == Byte::kSpace) at++;
    if (at == end || kind_of(*at) == Byte::kOther) return at;
    const size_t space = wide_space(at, end);
    if (space == 0) return at;
    at += space;
  }
}

template <typename Word>
bool same_word(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y;
}

// Names and units are so short that calling memcmp takes longer than comparing them: word by word, the last
// of which overlaps what was compared before.
bool starts_with(std::string_view text, std::string_view start) {
  const size_t size = start.size();
  if (text.size() < size) return false;
  const char *a = text.data(), *b = start.data();
  if (size >= sizeof(uint64_t)) {
    const size_t last = size - sizeof(uint64_t);
    for (size_t i = 0; i < last; i += sizeof(uint64_t)) {
      if (!same_word<uint64_t>(a + i, b + i)) return false;
    }
    return same_word<uint64_t>(a + last, b + last);
  }
  if (size >= sizeof(uint32_t)) {
    const size_t last = size - sizeof(uint32_t);
    return same_word<uint32_t>(a, b) && same_word<uint32_t>(a + last, b + last);
  }
  for (size_t i = 0; i < size; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

// What is left of a line: fields, and the space behind each.
class Fields {
 public:
  explicit Fields(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool empty() const { return at_ == end_; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  std::string_view take() {
    const char* start = at_;
    const char* field_end = skip_field(start, end_);
    at_ = skip_space(field_end, end_);
    return {start, static_cast<size_t>(field_end - start)};
  }
  // The next field if it is this one: lines are much like the ones before.
  bool take_if(std::string_view field) {
    return !field.empty() && starts_with(rest(), field) && take_if_field(field.size());
  }
  bool take_if_plain(double& value) {
    const size_t size = parse_plain(rest(), value);
    return size != 0 && take_if_field(size);
  }

 private:
  // Takes so many bytes, which are no space, if a field ends there.
  bool take_if_field(size_t size) {
    const char* field_end = at_ + size;
    if (field_end != end_ && kind_of(*field_end) != Byte::kSpace) return false;
    const bool single = end_ - field_end > 1 && kind_of(field_end[1]) == Byte::kOther;
    at_ = single ? field_end + 1 : skip_space(field_end, end_);
    return true;
  }

  const char* at_;
  const char* end_;
};

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
    if (!fields.take_if(count_)) {
      count_ = fields.take();
      if (count_.empty()) return problem("missing iteration count");
      if (const auto error = parse_int(count_, iterations_); error != NumberError::kNone) {
        count_ = {};
        return problem(std::string("parsing iteration count: ") + describe(error));
      }
    }
    const size_t first_value = block_.values.size();
    units_.clear();
    const auto drop = [&](std::string message) {
      block_.values.resize(first_value);
      problem(std::move(message));
    };
    while (!fields.empty()) {
      double value = 0;
      if (!fields.take_if_plain(value)) {
        if (const auto error = parse_float(fields.take(), value); error != NumberError::kNone)
          return drop(std::string("parsing measurement: ") + describe(error));
      }
      uint32_t unit = 0;
      if (!take_unit(fields, unit)) return drop("missing units");
      block_.values.push_back(value);
      units_.push_back(unit);
    }
    if (units_.empty()) return problem("missing measurements");
    block_.iterations.push_back(iterations_);
    if (same_name && has_units(*before)) {
      before->results++;
      return;
    }
    auto& lists = block_.unit_lists;
    block_.lines.push_back({Kind::kResults,
                            block_.line_count,
                            name,
                            {},
                            1,
                            static_cast<uint32_t>(lists.size()),
                            static_cast<uint32_t>(units_.size())});
    lists.insert(lists.end(), units_.begin(), units_.end());
  }

  // Units are few and repeat in the same order from line to line.
  bool take_unit(Fields& fields, uint32_t& unit) {
    auto& units = block_.units;
    next_unit_ = next_unit_ + 1 < units.size() ? next_unit_ + 1 : 0;
    if (units.empty() || !fields.take_if(units[next_unit_])) {
      const std::string_view name = fields.take();
      if (name.empty()) return false;
      next_unit_ = number_of(name);
      if (next_unit_ == units.size()) units.push_back(name);
    }
    unit = static_cast<uint32_t>(next_unit_);
    return true;
  }

  // As many as there are where it is new.
  size_t number_of(std::string_view unit) {
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

  bool has_units(const GoBlock::Line& results) const {
    if (results.units != units_.size()) return false;
    size_t same = 0;  // lists are too short for std::equal to pay for its call of memcmp
    while (same < units_.size() && units_[same] == block_.unit_lists[results.first_unit + same]) same++;
    return same == units_.size();
  }

  GoBlock& block_;
  std::vector<uint32_t> units_;  // of the line
  // The last iteration count, as the line has it: runs of a benchmark often have the same.
  std::string_view count_;
  int64_t iterations_ = 0;
  size_t next_unit_ = 0;
  FlatIndex unit_index_;  // of the first indexed_ units
  size_t indexed_ = 0;
};

}  // namespace

std::string_view take_field(std::string_view& text) {
  Fields fields(text);
  const std::string_view field = fields.take();
  text = fields.rest();
  return field;
}

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
