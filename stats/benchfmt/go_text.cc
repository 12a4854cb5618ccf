#include <array>
#include <deque>
#include <unordered_map>

#include "stats/benchfmt/formats.h"
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

// The bytes of the space at pos, 0 where there is none.
size_t space_at(std::string_view text, size_t pos) {
  const Byte kind = kBytes[static_cast<unsigned char>(text[pos])];
  if (kind != Byte::kBeyondAscii) return kind == Byte::kSpace ? 1 : 0;
  const Rune rune = decode_rune(text.substr(pos));
  return is_space(rune.code) ? rune.size : 0;
}

// Takes the field in front of `text`, and the space behind it.
std::string_view take_field(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && space_at(text, end) == 0) end++;
  const std::string_view field = text.substr(0, end);
  while (end < text.size()) {
    const size_t space = space_at(text, end);
    if (space == 0) break;
    end += space;
  }
  text.remove_prefix(end);
  return field;
}

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

// Reads line by line; the same units and result are used again for every line.
class GoTextReader {
 public:
  explicit GoTextReader(Source& source) : source_(source) { result_.config = &source.config; }

  void read(std::string_view data) {
    while (!data.empty()) {
      const size_t end = data.find('\n');
      std::string_view line = data.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
      number_++;
      read_line(line);
    }
  }

 private:
  void read_line(std::string_view line) {
    if (line.starts_with(kBenchmark)) {
      read_result(line.substr(kBenchmark.size()));
      return;
    }
    std::string_view rest = line;
    if (line.starts_with("Unit") && take_field(rest) == "Unit") {
      read_unit(rest);
      return;
    }
    std::string_view key, value;
    if (!parse_config(line, key, value)) return;
    if (value.empty()) {
      source_.config.erase(key);
    } else {
      source_.config.set(key, value, true);
    }
  }

  void problem(const std::string& message) const { source_.problem(number_, message); }

  void read_result(std::string_view line) {
    const size_t length = line.size();
    result_.name = take_field(line);
    // Go prints the name alone where the benchmark then writes lines of its own.
    if (result_.name.size() == length) return;
    const std::string_view iterations = take_field(line);
    if (iterations.empty()) return problem("missing iteration count");
    if (const auto error = parse_int(iterations, result_.iterations); error != NumberError::kNone) {
      return problem(std::string("parsing iteration count: ") + describe(error));
    }
    result_.values.clear();
    while (!line.empty()) {
      double value = 0;
      if (const auto error = parse_float(take_field(line), value); error != NumberError::kNone) {
        return problem(std::string("parsing measurement: ") + describe(error));
      }
      const std::string_view unit = take_field(line);
      if (unit.empty()) return problem("missing units");
      const Unit& known = unit_named(unit);
      result_.values.push_back({value * known.tidied.factor, known.tidied.unit, known.name});
    }
    if (result_.values.empty()) return problem("missing measurements");
    source_.records.result(result_);
  }

  void read_unit(std::string_view line) {
    const std::string_view unit = take_field(line);
    if (unit.empty()) return problem("missing unit");
    while (!line.empty()) {
      const std::string_view field = take_field(line);
      const size_t equals = field.find('=');
      if (equals == 0 || equals == std::string_view::npos) {
        problem("expected key=value");
        continue;
      }
      const std::string_view key = field.substr(0, equals), value = field.substr(equals + 1);
      if (const std::string* other = source_.units.set(unit, key, value)) {
        problem("metadata " + std::string(key) + " of unit " + std::string(unit) + " already set to " +
                *other);
      }
    }
  }

  struct Unit {
    std::string name;
    TidyUnit tidied;
  };

  // Units are few and repeat in the same order from line to line.
  const Unit& unit_named(std::string_view name) {
    for (size_t tries = 0; tries < units_.size() && tries < 8; tries++) {
      next_unit_ = next_unit_ + 1 < units_.size() ? next_unit_ + 1 : 0;
      if (units_[next_unit_].name == name) return units_[next_unit_];
    }
    const auto found = unit_index_.find(name);
    if (found != unit_index_.end()) return units_[found->second];
    units_.push_back({std::string(name), tidy(name)});
    unit_index_.emplace(units_.back().name, units_.size() - 1);
    return units_.back();
  }

  Source& source_;
  Result result_;
  size_t number_ = 0;
  std::deque<Unit> units_;
  std::unordered_map<std::string_view, size_t> unit_index_;
  size_t next_unit_ = 0;
};

}  // namespace

prof::Result<void> read_go_text(std::string_view data, Source& source) {
  GoTextReader(source).read(data);
  return {};
}

}  // namespace bench
