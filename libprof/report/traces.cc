#include "libprof/report/traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "libprof/report/header.h"
#include "libprof/report/nodes.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr const char* kRule = "-----------+-------------------------------------------------------\n";

// "       key:  value value", text labels before numbers, each group in the order of its lines, so that a
// longer key, which has fewer blanks before it, comes later.
std::string label_lines(const View& view, size_t sample) {
  const Profile& p = view.profile();
  if (p.labels(sample).empty()) return "";
  std::map<std::string_view, std::string> texts, numbers;
  for (const Label& label : p.labels(sample)) {
    if (!view.shows_tag(label)) continue;
    const auto add = [&](std::string& values, std::string_view value) {
      if (!values.empty()) values += ' ';
      values += value;
    };
    if (is_text(label)) add(texts[p.string(label.key)], p.string(label.str));
    if (is_number(label)) add(numbers[p.string(label.key)], amount(label.num, view.units().of(label.key)));
  }
  std::string text;
  for (const auto* group : {&texts, &numbers}) {
    std::vector<std::string> lines;
    for (const auto& [key, values] : *group) lines.push_back(fmt::format("{:>10}:  {}\n", key, values));
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) text += line;
  }
  return text;
}

}  // namespace

void for_each_trace(const View& view, const std::function<void(const Trace&)>& visit) {
  const Profile& p = view.profile();
  const Nodes nodes(view, granularity_of(view.options()), false);
  std::vector<std::string> names(nodes.size());  // each made once: stacks repeat them many times
  Trace trace;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    Sum sum;
    sum.add(view.value().of(p, i), view.value().divisor(p, i));
    trace.sample = i;
    trace.value = sum.shown();
    trace.frames.clear();
    for (const uint32_t location : view.stack(i)) {
      const auto at = nodes.at(location);
      for (size_t k = 0; k < at.size(); k++) {
        std::string& name = names[at[k]];
        if (name.empty()) name = nodes.name(at[k]);
        trace.frames.push_back({name, k + 1 != at.size()});
      }
    }
    visit(trace);
  }
}

void print_traces(const View& view, const Sink& sink) {
  constexpr size_t kPiece = 1 << 18;  // the text is many times as long as the profile: few, long writes
  std::string text = join_lines(profile_header(view, view.value()));
  for_each_trace(view, [&](const Trace& trace) {
    if (trace.frames.empty()) return;
    text += kRule;
    text += label_lines(view, trace.sample);
    const std::string first = fmt::format("{:>10}   ", view.value().format(trace.value));
    std::string_view margin = first;
    for (const TraceFrame& frame : trace.frames) {
      text += margin;
      text += frame.name;
      text += frame.is_inline ? " (inline)\n" : "\n";
      margin = "             ";
    }
    if (text.size() < kPiece) return;
    sink(text);
    text.clear();
  });
  text += kRule;
  sink(text);
}

}  // namespace prof::report
