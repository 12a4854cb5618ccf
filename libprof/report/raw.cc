#include "libprof/report/raw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>

namespace prof::report {
namespace {

// "2023-11-14 22:13:20.123456789 +0000 UTC": the zone as number and name, the fraction without trailing
// zeros.
std::string full_time(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t rest = ns % kSecond;
  if (rest < 0) rest += kSecond;
  const auto seconds = static_cast<time_t>((ns - rest) / kSecond);
  std::tm parts = {};
  char date[64], zone[64];
  ::localtime_r(&seconds, &parts);
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
  std::strftime(zone, sizeof zone, "%z %Z", &parts);
  std::string fraction = rest == 0 ? "" : fmt::format(".{:09}", rest);
  while (fraction.ends_with('0')) fraction.pop_back();
  return fmt::format("{}{} {}", date, fraction, zone);
}

// A duration cut to four characters, or to whole words: "10s", "1m0s" becomes "1m0s", "1.50" of "1.500123s".
std::string short_duration(int64_t ns) {
  const int64_t size = ns < 0 ? -ns : ns;
  std::string text;
  const auto decimal = [](double value, const char* unit) {
    std::string digits = fmt::format("{:.9f}", value);
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
    return digits + unit;
  };
  if (size < 1000) {
    text = fmt::format("{}ns", size);
  } else if (size < 1'000'000) {
    text = decimal(static_cast<double>(size) / 1e3, "\u00b5s");
  } else if (size < 1'000'000'000) {
    text = decimal(static_cast<double>(size) / 1e6, "ms");
  } else {
    const int64_t minutes = size / 60'000'000'000;
    text = decimal(static_cast<double>(size - minutes * 60'000'000'000) / 1e9, "s");
    if (minutes > 0) text = fmt::format("{}m{}", minutes % 60, text);
    if (minutes >= 60) text = fmt::format("{}h{}", minutes / 60, text);
  }
  if (ns < 0) text = "-" + text;
  size_t characters = 0, bytes = 0;  // of UTF-8
  while (bytes < text.size() && characters < 4) {
    bytes++;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) bytes++;
    characters++;
  }
  return text.substr(0, bytes);
}

// "key:[value value] key:[...]", by key. Numbers come with their units where each has one.
void add_labels(std::string& text, const View& view, size_t sample) {
  const Profile& p = view.profile();
  struct Numbers {
    std::vector<const Label*> values;
    bool has_unit = false;
  };
  std::map<std::string_view, std::vector<std::string_view>> texts;
  std::map<std::string_view, Numbers> numbers;
  for (const Label& label : p.labels(sample)) {
    if (!view.shows_tag(label)) continue;
    if (is_text(label)) texts[p.string(label.key)].push_back(p.string(label.str));
    if (!is_number(label)) continue;
    Numbers& group = numbers[p.string(label.key)];
    group.values.push_back(&label);
    group.has_unit |= label.num_unit != 0;
  }
  const auto add_line = [&](std::vector<std::string> groups) {
    if (groups.empty()) return;
    std::sort(groups.begin(), groups.end());
    text += "                ";
    for (size_t i = 0; i < groups.size(); i++) text += (i == 0 ? "" : " ") + groups[i];
    text += '\n';
  };
  std::vector<std::string> groups;
  const auto add_group = [&](std::string_view key, const std::vector<std::string>& values) {
    std::string& group = groups.emplace_back(fmt::format("{}:[", key));
    for (size_t i = 0; i < values.size(); i++) group += (i == 0 ? "" : " ") + values[i];
    group += ']';
  };
  for (const auto& [key, values] : texts) add_group(key, {values.begin(), values.end()});
  add_line(std::move(groups));
  groups.clear();
  for (const auto& [key, group] : numbers) {
    std::vector<std::string> values;
    for (const Label* label : group.values) {
      values.push_back(group.has_unit ? fmt::format("{} {}", label->num, p.string(label->num_unit))
                                      : fmt::format("{}", label->num));
    }
    add_group(key, values);
  }
  add_line(std::move(groups));
}

std::string head(const Profile& p) {
  std::string text;
  for (const StringId comment : p.comments) text += fmt::format("Comment: {}\n", p.string(comment));
  if (p.doc_url != 0) text += fmt::format("Doc: {}\n", p.string(p.doc_url));
  text += fmt::format("PeriodType: {} {}\nPeriod: {}\n", p.string(p.period_type.type),
                      p.string(p.period_type.unit), p.period);
  if (p.time_ns != 0) text += fmt::format("Time: {}\n", full_time(p.time_ns));
  if (p.duration_ns != 0) text += fmt::format("Duration: {}\n", short_duration(p.duration_ns));
  text += "Samples:\n";
  bool is_first = true;
  for (const ValueType type : p.sample_types()) {
    text += fmt::format("{}{}/{}{}", is_first ? "" : " ", p.string(type.type), p.string(type.unit),
                        type.type == p.default_sample_type ? "[dflt]" : "");
    is_first = false;
  }
  return text + '\n';
}

void add_location(std::string& text, const View& view, uint32_t index) {
  const Profile& p = view.profile();
  const Location& location = p.locations()[index];
  std::string start = fmt::format("{:>6}: {:#x} ", location.id, location.address);
  if (location.mapping != kNoIndex) start += fmt::format("M={} ", p.mappings()[location.mapping].id);
  if (location.is_folded) start += "[F] ";
  std::vector<Line> lines;
  view.written_lines(index, lines);
  for (const Line& line : lines) {
    const Function& f = p.functions()[line.function];
    text += fmt::format("{}{} {}:{}:{} s={}", start, p.string(f.name), p.string(f.filename), line.line,
                        line.column, f.start_line);
    if (f.name != f.system_name) text += fmt::format("({})", p.string(f.system_name));
    text += '\n';
    start = "             ";  // only the first line of a location names it
  }
  if (lines.empty()) text += start + '\n';
}

std::string mapping_line(const View& view, const Mapping& m) {
  const Profile& p = view.profile();
  const bool has_inline_frames = m.has_inline_frames && !view.options().noinlines;
  return fmt::format("{}: {:#x}/{:#x}/{:#x} {} {} {}{}{}{}\n", m.id, m.start, m.limit, m.offset,
                     p.string(m.file), p.string(m.build_id), m.has_functions ? "[FN]" : "",
                     m.has_filenames ? "[FL]" : "", m.has_line_numbers ? "[LN]" : "",
                     has_inline_frames ? "[IN]" : "");
}

}  // namespace

void print_raw(const View& view, const Sink& sink) {
  const Profile& p = view.profile();
  sink(head(p));
  std::string text;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    text.clear();
    for (const int64_t value : p.values(i)) text += fmt::format(" {:>10}", value);
    text += ": ";
    for (const uint32_t l : view.stack(i)) {
      if (view.visible(l)) text += fmt::format("{} ", p.locations()[l].id);
    }
    text += '\n';
    add_labels(text, view, i);
    sink(text);
  }
  sink("Locations\n");
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    text.clear();
    add_location(text, view, l);
    sink(text);
  }
  sink("Mappings\n");
  for (const Mapping& mapping : p.mappings()) sink(mapping_line(view, mapping));
}

}  // namespace prof::report
