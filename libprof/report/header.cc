#include "libprof/report/header.h"

#include <fmt/format.h>

#include <ctime>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

std::string local_time(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  const time_t seconds = static_cast<time_t>(ns / kSecond - (ns % kSecond < 0 ? 1 : 0));
  std::tm parts = {};
  char text[64];
  ::localtime_r(&seconds, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", &parts)};
}

std::vector<std::string> active_filters(const Options& options) {
  std::vector<std::string> lines;
  for (const OptionInfo& option : option_table()) {
    if (option.group != Group::kFilter) continue;  // pprof lists no others
    if (const std::string value = get(options, option); !value.empty()) {
      std::string line = fmt::format("{}={}", option.name, value);
      if (line.size() > 80) line = line.substr(0, 80) + "\u2026";
      lines.push_back("   " + line);
    }
  }
  if (!lines.empty()) lines.insert(lines.begin(), "Active filters:");
  return lines;
}

}  // namespace

std::vector<std::string> profile_header(const View& view, const Value& value) {
  const Profile& p = view.profile();
  std::vector<std::string> lines;
  if (!p.mappings().empty()) {
    const Mapping& main = p.mappings()[0];
    if (main.file != 0) lines.push_back(fmt::format("File: {}", base_name(p.string(main.file))));
    if (main.build_id != 0) lines.push_back(fmt::format("Build ID: {}", p.string(main.build_id)));
  }
  for (const StringId comment : p.comments) {
    if (!p.string(comment).starts_with('#')) lines.emplace_back(p.string(comment));
  }
  if (!value.type.empty()) lines.push_back("Type: " + value.type);
  if (p.doc_url != 0) lines.push_back(fmt::format("Doc: {}", p.string(p.doc_url)));
  if (p.time_ns != 0) lines.push_back("Time: " + local_time(p.time_ns));
  if (p.duration_ns != 0) {
    const Scaled total = scale(view.total(), value.unit, "nanoseconds");
    std::string ratio;
    if (total.unit == "ns" && total.value != 0) {
      ratio = fmt::format("({})", percentage(fraction(1, total.value), p.duration_ns));
    }
    lines.push_back(fmt::format("Duration: {}, Total samples = {} {}", amount(p.duration_ns, "nanoseconds"),
                                value.format(view.total()), ratio));
  }
  return lines;
}

std::vector<std::string> graph_header(const View& view, const Graph& graph, bool is_picture) {
  std::vector<std::string> lines;
  if (is_picture || !view.options().compact_labels) lines = profile_header(view, graph.value);
  for (auto& line : active_filters(view.options())) lines.push_back(std::move(line));
  Sum shown;
  for (const uint32_t node : graph.shown) shown.add(graph.flat[node].shown(), 0);
  const int64_t total = view.total();
  lines.push_back(fmt::format("Showing nodes accounting for {}, {} of {} total",
                              graph.value.format(shown.value), trim(percentage(shown.value, total)),
                              graph.value.format(total)));
  if (total != 0 && graph.dropped > 0) {
    lines.push_back(fmt::format("Dropped {} node{} (cum <= {})", graph.dropped, graph.dropped > 1 ? "s" : "",
                                graph.value.format(magnitude(fraction(total, graph.nodefraction)))));
  }
  if (total != 0 && graph.dropped_edges > 0) {
    lines.push_back(fmt::format("Dropped {} edge{} (freq <= {})", graph.dropped_edges,
                                graph.dropped_edges > 1 ? "s" : "",
                                graph.value.format(magnitude(fraction(total, graph.edgefraction)))));
  }
  if (total != 0 && !graph.shown.empty() && graph.shown.size() < graph.eligible) {
    lines.push_back(fmt::format("Showing top {} nodes out of {}", graph.shown.size(), graph.eligible));
  }
  if (is_picture) lines.emplace_back("\nSee https://git.io/JfYMW for how to read the graph");
  return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

}  // namespace prof::report
