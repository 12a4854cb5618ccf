#include "libprof/report/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

// "12kb": digits, then letters.
struct Bound {
  int64_t number = 0;
  std::string unit;
};

std::optional<Bound> parse_bound(std::string_view text) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  Bound bound;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bound.number);
  if (parsed.ec != std::errc()) return std::nullopt;
  bound.unit.assign(parsed.ptr, digits.data() + digits.size());
  const bool is_unit =
      std::all_of(bound.unit.begin(), bound.unit.end(), [](unsigned char c) { return std::isalpha(c); });
  return is_unit ? std::optional(bound) : std::nullopt;
}

struct Range {
  std::string unit;  // of low and high
  std::optional<double> low, high;
  bool contains(int64_t value, std::string_view from) const {
    const Scaled scaled = scale(value, from, unit);
    return scaled.unit == unit && (!low || scaled.value >= *low) && (!high || scaled.value <= *high);
  }
};

std::optional<Range> parse_range(std::string_view text) {
  const size_t colon = text.find(':');
  const auto first = parse_bound(text.substr(0, colon));
  if (colon == std::string_view::npos) {
    if (!first) return std::nullopt;
    const Scaled exactly = scale(first->number, first->unit, first->unit);
    return Range{exactly.unit, exactly.value, exactly.value};
  }
  const std::string_view rest = text.substr(colon + 1);
  const auto second = parse_bound(rest);
  if ((!first && colon != 0) || (!second && !rest.empty()) || (!first && !second)) return std::nullopt;
  const Bound& base = first ? *first : *second;
  const Scaled low = scale(base.number, base.unit, base.unit);
  if (!second) return Range{low.unit, low.value, std::nullopt};
  if (!first) return Range{low.unit, std::nullopt, low.value};
  const Scaled high = scale(second->number, second->unit, low.unit);
  if (high.unit != low.unit) return std::nullopt;
  return Range{low.unit, low.value, high.value};
}

TagFilter range_filter(Range range, std::string key, const Profile& profile, const LabelUnits& units) {
  return [range = std::move(range), key = std::move(key), &profile, &units](std::span<const Label> labels) {
    return std::any_of(labels.begin(), labels.end(), [&](const Label& label) {
      return is_number(label) && (key.empty() || profile.string(label.key) == key) &&
             range.contains(label.num, units.of(label.key));
    });
  };
}

// Without a key every expression must match some "key:value"; with one, any expression some value of that
// key.
TagFilter text_filter(std::vector<std::shared_ptr<re2::RE2>> regexes, std::optional<std::string> key,
                      const Profile& profile) {
  return [regexes = std::move(regexes), key = std::move(key), &profile](std::span<const Label> labels) {
    const auto found = [&](const auto& regex) {
      return std::any_of(labels.begin(), labels.end(), [&](const Label& label) {
        if (!is_text(label)) return false;
        const std::string_view name = profile.string(label.key), value = profile.string(label.str);
        return key ? name == *key && matches(*regex, value)
                   : matches(*regex, fmt::format("{}:{}", name, value));
      });
    };
    return key ? std::any_of(regexes.begin(), regexes.end(), found)
               : std::all_of(regexes.begin(), regexes.end(), found);
  };
}

}  // namespace

Result<Regex> compile_regex(std::string_view name, const std::string& expression) {
  if (expression.empty()) return Regex();
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<re2::RE2>(expression, options);
  if (regex->ok()) return regex;
  return fail(fmt::format("cannot use {} '{}' as a regular expression: {}", name, expression, regex->error()),
              "put a backslash before characters that are meant literally");
}

bool matches(const re2::RE2& regex, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

StringMatcher::StringMatcher(const Profile& profile, const re2::RE2* regex)
    : profile_(profile), regex_(regex) {
  if (regex != nullptr) known_.resize(profile.string_count());
}

bool StringMatcher::operator()(StringId id) {
  if (known_[id] == 0) known_[id] = matches(*regex_, profile_.string(id)) ? 2 : 1;
  return known_[id] == 2;
}

bool line_matches(StringMatcher& match, const Profile& profile, const Line& line) {
  const Function& function = profile.functions()[line.function];
  return match(function.name) || match(function.filename);
}

bool mapping_matches(StringMatcher& match, const Profile& profile, const Location& location) {
  return location.mapping != kNoIndex && match(profile.mappings()[location.mapping].file);
}

LabelUnits::LabelUnits(const Profile& profile, Warnings& warnings) : profile_(profile) {
  struct Units {
    StringId used;
    std::set<std::string_view> others;
  };
  std::map<std::string_view, Units> mixed;  // by key
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const Label& label : profile.labels(i)) {
      if (!is_number(label) || label.num_unit == 0) continue;
      const StringId unit = units_.emplace(label.key, label.num_unit).first->second;
      if (unit != label.num_unit) {
        mixed.try_emplace(profile.string(label.key), Units{unit, {}})
            .first->second.others.insert(profile.string(label.num_unit));
      }
    }
  }
  for (const auto& [key, units] : mixed) {
    warnings.push_back(fmt::format("tag {} is in {} and in {}; the first is used for all", key,
                                   profile.string(units.used), fmt::join(units.others, ", ")));
  }
}

std::string_view LabelUnits::of(StringId key) const {
  if (const auto found = units_.find(key); found != units_.end()) return profile_.string(found->second);
  const std::string_view name = profile_.string(key);
  return name == "request" || name == "alignment" ? "bytes" : name;
}

Result<TagFilter> compile_tag_filter(std::string_view name, const std::string& expression,
                                     const Profile& profile, const LabelUnits& units, Warnings& warnings) {
  if (expression.empty()) return TagFilter();
  const size_t equals = expression.find('=');
  std::optional<std::string> key;
  if (equals != std::string::npos) key = expression.substr(0, equals);
  const std::string value = key ? expression.substr(equals + 1) : expression;
  if (auto range = parse_range(value)) {
    warnings.push_back(fmt::format("{}: '{}' is taken as a range, not as a regular expression", name, value));
    return range_filter(std::move(*range), key.value_or(""), profile, units);
  }
  std::vector<std::shared_ptr<re2::RE2>> regexes;
  for (size_t at = 0; at <= value.size();) {
    const size_t comma = std::min(value.find(',', at), value.size());
    const std::string part = value.substr(at, comma - at);
    auto regex = compile_regex(name, part.empty() ? "()" : part);  // an empty one matches anything
    if (!regex) return tl::unexpected(regex.error());
    regexes.push_back(std::move(*regex));
    at = comma + 1;
  }
  return text_filter(std::move(regexes), key && !key->empty() ? key : std::nullopt, profile);
}

}  // namespace prof::report
