#include "libprof/report/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace prof::report {
namespace {

using O = Options;

constexpr const char* kSorts[] = {"flat", "cum"};
constexpr const char* kGranularities[] = {"functions", "filefunctions", "files", "lines", "addresses"};

constexpr OptionInfo kTable[] = {
    {"sample_index", "si", Group::kDisplay, &O::sample_index, "TYPE",
     "sample type to show, by name or position from 0 (default: the profile's own)"},
    {"mean", "mean", Group::kDisplay, &O::mean, nullptr,
     "show the average: the value divided by the first sample type, a count"},
    {"divide_by", nullptr, Group::kDisplay, &O::divide_by, "N", "divide every value by N before it is shown"},
    {"unit", "unit", Group::kDisplay, &O::unit, "UNIT",
     "ms, s, kB, MB, ..., auto for each value by itself, or minimum"},
    {"compact_labels", "compact", Group::kDisplay, &O::compact_labels, nullptr,
     "leave out the lines about the profile"},
    {"relative_percentages", "rel", Group::kDisplay, &O::relative_percentages, nullptr,
     "percentages of what the filters leave, not of the whole profile"},
    {"call_tree", "calltree", Group::kDisplay, &O::call_tree, nullptr,
     "keep functions apart by their callers in graphs drawn as pictures"},
    {"normalize", "norm", Group::kDisplay, &O::normalize, nullptr,
     "scale the profile to the total of its base before that is subtracted"},
    {"intel_syntax", "intel", Group::kDisplay, &O::intel_syntax, nullptr,
     "show instructions as Intel writes them, not as AT&T"},
    {"source_path", nullptr, Group::kDisplay, &O::source_path, "DIRS",
     "where source files are, separated by colons (default: the working directory)"},
    {"trim_path", nullptr, Group::kDisplay, &O::trim_path, "PREFIXES",
     "prefixes to cut from source paths before they are looked up, separated by colons"},
    {"output", nullptr, Group::kDisplay, &O::output, "FILE", "write the report to this file"},
    {"sort", "sort", Group::kSort, &O::sort, "ORDER", "order of rows: flat (own value) or cum (with callees)",
     kSorts},
    {"granularity", "g", Group::kGranularity, &O::granularity, "LEVEL",
     "what is one row: functions, filefunctions, files, lines or addresses", kGranularities},
    {"noinlines", "noinlines", Group::kGranularity, &O::noinlines, nullptr,
     "count inlined functions as part of the function they are in"},
    {"showcolumns", "showcolumns", Group::kGranularity, &O::showcolumns, nullptr,
     "keep columns apart with -lines"},
    {"nodecount", "n", Group::kTrim, &O::nodecount, "N",
     "show at most N rows; 0: all (default: top all, tree 80)"},
    {"nodefraction", "nf", Group::kTrim, &O::nodefraction, "F",
     "leave out rows whose cum is below F of the total"},
    {"edgefraction", "ef", Group::kTrim, &O::edgefraction, "F", "leave out edges below F of the total"},
    {"trim", "trim", Group::kTrim, &O::trim, nullptr,
     "-trim=false shows everything, whatever the three above say"},
    {"drop_negative", "dropneg", Group::kTrim, &O::drop_negative, nullptr,
     "leave out rows with negative values"},
    {"focus", "f", Group::kFilter, &O::focus, "REGEX", "only samples with a frame that matches"},
    {"ignore", "i", Group::kFilter, &O::ignore, "REGEX", "no samples with a frame that matches"},
    {"hide", "h", Group::kFilter, &O::hide, "REGEX", "leave out frames that match"},
    {"show", "s", Group::kFilter, &O::show, "REGEX", "only frames that match"},
    {"show_from", "sf", Group::kFilter, &O::show_from, "REGEX",
     "leave out the callers of the outermost frame that matches"},
    {"tagfocus", "tf", Group::kFilter, &O::tagfocus, "[KEY=]TAG",
     "only samples with a tag that matches, by regex or range: 1kb:4mb"},
    {"tagignore", "ti", Group::kFilter, &O::tagignore, "[KEY=]TAG", "no samples with a tag that matches"},
    {"tagshow", "ts", Group::kFilter, &O::tagshow, "REGEX", "only tags whose key matches"},
    {"taghide", "th", Group::kFilter, &O::taghide, "REGEX", "leave out tags whose key matches"},
    {"prune_from", "prunefrom", Group::kStacks, &O::prune_from, "REGEX",
     "leave out what the innermost frame that matches calls"},
    {"tagroot", "tagroot", Group::kStacks, &O::tagroot, "KEYS",
     "put the values of these tags, separated by commas, at the root of stacks"},
    {"tagleaf", "tagleaf", Group::kStacks, &O::tagleaf, "KEYS", "the same, at the leaf"},
    {"per_thread", "perthread", Group::kStacks, &O::per_thread, nullptr,
     "put each thread, as NAME (tid), at the root of its stacks; rows by cum"},
    {"template_depth", "td", Group::kStacks, &O::template_depth, "N",
     "names with template arguments N levels deep, <...> below; functions that are then called the same are "
     "one"},
};

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

struct Parse {
  std::string_view text;
  bool operator()(std::string& value) const {
    value = text;
    return true;
  }
  bool operator()(bool& value) const {
    const std::optional<bool> parsed = parse_switch(text);
    value = parsed.value_or(false);
    return parsed.has_value();
  }
  bool operator()(int64_t& value) const { return parse_number(text, value); }
  bool operator()(double& value) const { return parse_number(text, value) && std::isfinite(value); }
};

}  // namespace

std::span<const OptionInfo> option_table() { return kTable; }

const char* group_name(Group group) {
  constexpr const char* kNames[] = {"Display", "Sort", "Granularity", "Trim", "Filters", "Stacks"};
  return kNames[static_cast<int>(group)];
}

const OptionInfo* find_option(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kTable), std::end(kTable), [&](const auto& o) { return name == o.name; });
  return found == std::end(kTable) ? nullptr : found;
}

const OptionInfo* find_choice(std::string_view choice) {
  const auto found = std::find_if(std::begin(kTable), std::end(kTable), [&](const auto& o) {
    return std::find(o.choices.begin(), o.choices.end(), choice) != o.choices.end();
  });
  return found == std::end(kTable) ? nullptr : found;
}

std::optional<bool> parse_switch(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kTrue[] = {"true", "t", "yes", "y", "1", ""};
  constexpr std::string_view kFalse[] = {"false", "f", "no", "n", "0"};
  if (std::ranges::find(kTrue, word) != std::end(kTrue)) return true;
  if (std::ranges::find(kFalse, word) != std::end(kFalse)) return false;
  return std::nullopt;
}

std::string get(const Options& options, const OptionInfo& option) {
  return std::visit([&](auto member) { return fmt::format("{}", options.*member); }, option.member);
}

Result<void> set(Options& options, const OptionInfo& option, std::string_view text) {
  if (!option.choices.empty() &&
      std::none_of(option.choices.begin(), option.choices.end(), [&](const char* c) { return text == c; })) {
    return fail(fmt::format("{} cannot be '{}'", option.name, text),
                fmt::format("it is one of {}", fmt::join(option.choices, ", ")));
  }
  if (!std::visit([&](auto member) { return Parse{text}(options.*member); }, option.member)) {
    return fail(fmt::format("{} cannot be '{}'", option.name, text),
                option.value == nullptr ? "it is true or false" : "it is a number");
  }
  return {};
}

}  // namespace prof::report
