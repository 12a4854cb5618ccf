#include "libprof/report/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "libprof/base/terminal_text.h"
#include "libprof/report/graph.h"
#include "libprof/report/heat.h"
#include "libprof/report/remote_source.h"
#include "libprof/report/source.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr int64_t kMargin = 5;  // lines shown before the first and after the last that has samples

struct LineSum {
  Sum flat, cum;
};

// What a routine's nodes say of one file.
struct FileSums {
  std::map<int64_t, LineSum> lines;
  int64_t first = INT64_MAX;  // to show
  int64_t last = 0;
};

void add_node(FileSums& file, const Graph& graph, uint32_t id) {
  const Node& node = graph.nodes[id];
  LineSum& line = file.lines[node.line];
  line.flat.add(graph.flat[id].value, 0);
  line.cum.add(graph.cum[id].value, 0);
  constexpr int64_t kMost = INT64_MAX - kMargin;
  const int64_t number = std::clamp<int64_t>(node.line, 0, kMost);
  file.first = std::min(file.first, node.start_line != 0 ? node.start_line : number - kMargin);
  file.last = std::max(file.last, number + kMargin);
}

Routine make_routine(std::string_view name, const std::string& path, const FileSums& file,
                     SourceReader& reader, Missing missing, bool for_terminal) {
  Routine routine;
  routine.name = name;
  routine.file = path;
  Sum flat, cum;
  for (const auto& [number, line] : file.lines) {
    flat.add(line.flat.value, 0);
    cum.add(line.cum.value, 0);
  }
  routine.flat = flat.value;
  routine.cum = cum.value;
  const auto* source = reader.lines(path);
  if (source == nullptr) {
    routine.error = reader.error(path);
    if (missing == Missing::kNothing) return routine;
    for (const auto& [number, line] : file.lines) {
      routine.lines.push_back({number, line.flat.value, line.cum.value, "???"});
    }
    return routine;
  }
  const int64_t last = std::min(file.last, static_cast<int64_t>(source->size()));
  for (int64_t number = std::max<int64_t>(file.first, 1); number <= last; number++) {
    const std::string& text = (*source)[static_cast<size_t>(number - 1)];
    SourceLine line{number, 0, 0, for_terminal ? terminal_text(text) : text};
    if (const auto found = file.lines.find(number); found != file.lines.end()) {
      line.flat = found->second.flat.value;
      line.cum = found->second.cum.value;
    }
    routine.lines.push_back(std::move(line));
  }
  return routine;
}

}  // namespace

Result<Listing> list(const View& view, const std::string& expression, Missing missing) {
  auto regex = compile_regex("the argument", expression.empty() ? "." : expression);
  if (!regex) return tl::unexpected(regex.error());
  const Graph graph = make_flat_graph(view, Granularity::kLines, true);
  std::map<std::string_view, std::map<std::string, FileSums>> functions;
  for (const uint32_t id : graph.shown) {
    const std::string_view name = graph.nodes.function(graph.nodes[id]);
    if (!matches(**regex, name)) continue;
    auto& files = functions[name];
    if (graph.nodes[id].file != 0) add_node(files[std::string(graph.nodes.file(graph.nodes[id]))], graph, id);
  }
  if (functions.empty()) {
    return fail(fmt::format("no function matches '{}'", expression),
                "`prof top` lists the functions there are");
  }
  Listing listing{view.value(), view.total(), {}};
  RemoteSource remote(view);
  SourceReader reader(view.options().source_path, view.options().trim_path,
                      [&](const std::string& path) { return remote.find(path); });
  for (const auto& [name, files] : functions) {
    if (files.empty()) listing.routines.emplace_back().name = name;
    for (const auto& [path, file] : files)
      listing.routines.push_back(
          make_routine(name, path, file, reader, missing, view.options().terminal_names));
  }
  return listing;
}

std::string print(const Listing& listing, bool is_colored) {
  std::string text = fmt::format("Total: {}\n", listing.value.format(listing.total));
  for (const Routine& routine : listing.routines) {
    if (routine.file.empty()) {
      text += fmt::format("No source information for {}\n", routine.name);
      continue;
    }
    text += fmt::format("ROUTINE ======================== {} in {}\n{:>10} {:>10} (flat, cum) {} of Total\n",
                        routine.name, routine.file, listing.value.format(routine.flat),
                        listing.value.format(routine.cum), percentage(routine.cum, listing.total));
    if (!routine.error.empty()) text += fmt::format(" Error: {}\n", routine.error);
    const Heat heat(listing.value, routine.lines, is_colored);
    for (const SourceLine& line : routine.lines) {
      text +=
          fmt::format("{} {} {:>6}:{}\n", heat.cell(line.flat), heat.cell(line.cum), line.number, line.text);
    }
  }
  return text;
}

}  // namespace prof::report
