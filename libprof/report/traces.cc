#include "libprof/report/traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "libprof/base/in_order.h"
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

// pprof trims no path here, nor does it heed -trim_path.
Nodes nodes_of(const View& view) { return Nodes(view, granularity_of(view.options()), false, Paths::kWhole); }

// The traces of samples [begin, end).
template <typename Visit>
void visit_traces(const View& view, const Nodes& nodes, const std::vector<std::string>& names, size_t begin,
                  size_t end, Visit&& visit) {
  const Profile& p = view.profile();
  Trace trace;
  for (size_t i = begin; i < end; i++) {
    if (!view.keeps(i)) continue;
    Sum sum;
    sum.add(view.value().of(p, i), view.value().divisor(p, i));
    trace.sample = i;
    trace.value = sum.shown();
    trace.frames.clear();
    for (const uint32_t location : view.stack(i)) {
      const auto at = nodes.at(location);
      for (size_t k = 0; k < at.size(); k++) trace.frames.push_back({names[at[k]], k + 1 != at.size()});
    }
    visit(trace);
  }
}

// Each made once: stacks repeat them many times.
std::vector<std::string> names_of(const Nodes& nodes) {
  std::vector<std::string> names(nodes.size());
  for (uint32_t node = 0; node < names.size(); node++) names[node] = nodes.name(node);
  return names;
}

std::string text_of(const View& view, const Trace& trace) {
  if (trace.frames.empty()) return "";
  std::string text = kRule + label_lines(view, trace.sample);
  const std::string first = fmt::format("{:>10}   ", view.value().format(trace.value));
  std::string_view margin = first;
  for (const TraceFrame& frame : trace.frames) {
    text += margin;
    text += frame.name;
    text += frame.is_inline ? " (inline)\n" : "\n";
    margin = "             ";
  }
  return text;
}

}  // namespace

void for_each_trace(const View& view, const std::function<void(const Trace&)>& visit) {
  const Nodes nodes = nodes_of(view);
  visit_traces(view, nodes, names_of(nodes), 0, view.profile().sample_count(), visit);
}

// On all cores, in pieces: the text is many times as long as the profile.
void print_traces(const View& view, const Sink& sink) {
  constexpr size_t kPiece = 512;  // samples
  sink(join_lines(profile_header(view, view.value())));
  const Nodes nodes = nodes_of(view);
  const std::vector<std::string> names = names_of(nodes);
  const size_t samples = view.profile().sample_count();
  for_each_in_order((samples + kPiece - 1) / kPiece, std::max(1u, std::thread::hardware_concurrency()),
                    [&](size_t piece) {
                      std::string text;
                      const size_t end = std::min(samples, (piece + 1) * kPiece);
                      visit_traces(view, nodes, names, piece * kPiece, end,
                                   [&](const Trace& trace) { text += text_of(view, trace); });
                      return text;
                    },
                    [&](size_t, const std::string& text) {
                      sink(text);
                      return true;
                    });
  sink(kRule);
}

}  // namespace prof::report
