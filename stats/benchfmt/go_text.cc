#include <thread>

#include "libprof/base/in_order.h"
#include "stats/benchfmt/fields.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/go_block.h"

namespace bench {
namespace {

std::vector<std::string_view> split_into_blocks(std::string_view data) {
  std::vector<std::string_view> blocks;
  while (!data.empty()) {
    size_t end = std::min(kBlockSize, data.size());
    end = std::min(data.find('\n', end - 1), data.size() - 1) + 1;
    blocks.push_back(data.substr(0, end));
    data.remove_prefix(end);
  }
  return blocks;
}

// What lines mean in their order.
class GoTextReader {
 public:
  explicit GoTextReader(Source& source) : source_(source) { result_.config = &source.config; }

  void take(const GoBlock& block) {
    units_.clear();
    for (const std::string_view unit : block.units) units_.push_back(&source_.units.unit(unit));
    iterations_ = block.iterations.data();
    values_ = block.values.data();
    for (const GoBlock::Line& line : block.lines) take(line, block);
    lines_before_ += block.line_count;
  }

 private:
  void take(const GoBlock::Line& line, const GoBlock& block) {
    using Kind = GoBlock::Line::Kind;
    switch (line.kind) {
      case Kind::kResults:
        take_results(line, block);
        break;
      case Kind::kConfig:
        if (line.value.empty()) {
          source_.config.erase(line.text);
        } else {
          source_.config.set(line.text, line.value, true);
        }
        break;
      case Kind::kPair:
        source_.config.set(".pair", line.text, false);
        break;
      case Kind::kUnit:
        take_unit(line.text, lines_before_ + line.number);
        break;
      case Kind::kProblem:
        source_.problem(lines_before_ + line.number, block.problems[line.problem]);
        break;
    }
  }

  void take_results(const GoBlock::Line& line, const GoBlock& block) {
    result_.name = line.text;
    result_.values.clear();
    tidied_.resize(size_t{line.results} * line.units);
    for (uint32_t i = 0; i < line.units; i++) {
      const KnownUnit& unit = *units_[block.unit_lists[line.first_unit + i]];
      result_.values.push_back(unit.value(0));
      for (size_t j = i; j < tidied_.size(); j += line.units) tidied_[j] = values_[j] * unit.tidied.factor;
    }
    source_.records.results(result_, {iterations_, line.results}, tidied_);
    iterations_ += line.results;
    values_ += tidied_.size();
  }

  void take_unit(std::string_view line, size_t number) {
    const std::string_view unit = take_field(line);
    if (unit.empty()) return source_.problem(number, "missing unit");
    while (!line.empty()) {
      const std::string_view field = take_field(line);
      const size_t equals = field.find('=');
      if (equals == 0 || equals == std::string_view::npos) {
        source_.problem(number, "expected key=value");
        continue;
      }
      const std::string_view key = field.substr(0, equals), value = field.substr(equals + 1);
      if (const std::string* other = source_.units.set(unit, key, value)) {
        source_.problem(number, "metadata " + std::string(key) + " of unit " + std::string(unit) +
                                    " already set to " + *other);
      }
    }
  }

  Source& source_;
  Result result_;
  size_t lines_before_ = 0;
  // Of the block, and what of it has not been taken yet.
  std::vector<const KnownUnit*> units_;
  const int64_t* iterations_ = nullptr;
  const double* values_ = nullptr;
  std::vector<double> tidied_;  // values of results that are handed over together
};

}  // namespace

prof::Result<void> read_go_text(std::string_view data, Source& source) {
  const auto blocks = split_into_blocks(data);
  GoTextReader reader(source);
  prof::for_each_in_order(
      blocks.size(), std::thread::hardware_concurrency(), [&](size_t i) { return parse_go_block(blocks[i]); },
      [&](size_t, const GoBlock& block) {
        reader.take(block);
        return true;
      });
  return {};
}

prof::Result<void> read_go_text(const LineBlocks& file, Source& source) {
  struct Parsed {
    prof::Result<LineBlock> text;
    GoBlock block;  // into the text
  };
  GoTextReader reader(source);
  prof::Result<void> done;
  prof::for_each_in_order(
      file.count(), std::thread::hardware_concurrency(),
      [&](size_t i) {
        Parsed parsed{file.read(i), {}};
        if (parsed.text) parsed.block = parse_go_block(parsed.text->text);
        return parsed;
      },
      [&](size_t, const Parsed& parsed) {
        if (!parsed.text) {
          done = tl::unexpected(parsed.text.error());
          return false;
        }
        reader.take(parsed.block);
        return true;
      });
  return done;
}

}  // namespace bench
