#include "libprof/report/tabulate.h"

#include <fmt/format.h>

#include <set>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

std::vector<std::string> labels_of(const View& view, size_t sample) {
  const Profile& p = view.profile();
  std::vector<std::string> labels;
  for (const Label& label : p.labels(sample)) {
    if (!view.shows_tag(label)) continue;
    const std::string_view key = p.string(label.key);
    if (is_text(label)) labels.push_back(fmt::format("{}={}", key, p.string(label.str)));
    if (is_number(label))
      labels.push_back(fmt::format("{}={} {}", key, label.num, view.units().of(label.key)));
  }
  return labels;
}

std::string hex(uint64_t address) { return fmt::format("{:#x}", address); }

}  // namespace

void tabulate(std::string_view name, const View& view, const Top& top, TableWriter& out) {
  constexpr const char* kInlining[] = {"none", "some", "all"};
  out.begin(name, view, top.value);
  out.table("functions", {{"flat", true},
                          {"flat_percent"},
                          {"sum_percent"},
                          {"cum", true},
                          {"cum_percent"},
                          {"name"},
                          {"inlined"}});
  Sum sum;
  for (const TopRow& row : top.rows) {
    sum.add(row.flat, 0);
    out.row({Amount{row.flat}, Share{row.flat, top.total}, Share{sum.value, top.total}, Amount{row.cum},
             Share{row.cum, top.total}, row.name, std::string(kInlining[static_cast<int>(row.inlining)])});
  }
}

void tabulate(std::string_view name, const View& view, const Tree& tree, TableWriter& out) {
  out.begin(name, view, tree.value);
  out.table("functions", {{"flat", true}, {"flat_percent"}, {"cum", true}, {"cum_percent"}, {"name"}});
  for (const TreeNode& node : tree.nodes) {
    out.row({Amount{node.flat}, Share{node.flat, tree.total}, Amount{node.cum}, Share{node.cum, tree.total},
             node.name});
  }
  out.table("calls", {{"weight", true}, {"weight_percent"}, {"caller"}, {"callee"}, {"inlined"}});
  std::set<std::pair<std::string_view, std::string_view>> seen;  // both ends of a call may be shown
  for (const TreeNode& node : tree.nodes) {
    const auto add = [&](const std::string& caller, const std::string& callee, const TreeEdge& edge) {
      if (!seen.emplace(caller, callee).second) return;
      out.row({Amount{edge.weight}, Share{edge.weight, tree.total}, caller, callee, edge.is_inline});
    };
    for (const TreeEdge& edge : node.callers) add(edge.name, node.name, edge);
    for (const TreeEdge& edge : node.callees) add(node.name, edge.name, edge);
  }
}

void tabulate(std::string_view name, const View& view, const Listing& listing, TableWriter& out) {
  out.begin(name, view, listing.value);
  out.table("routines", {{"flat", true}, {"cum", true}, {"cum_percent"}, {"name"}, {"file"}, {"error"}});
  for (const Routine& routine : listing.routines) {
    out.row({Amount{routine.flat}, Amount{routine.cum}, Share{routine.cum, listing.total}, routine.name,
             routine.file, routine.error});
  }
  out.table("lines", {{"flat", true}, {"cum", true}, {"file"}, {"line"}, {"source"}});
  for (const Routine& routine : listing.routines) {
    for (const SourceLine& line : routine.lines) {
      out.row({Amount{line.flat}, Amount{line.cum}, routine.file, line.number, line.text});
    }
  }
}

void tabulate(std::string_view name, const View& view, const Disassembly& disassembly, TableWriter& out) {
  out.begin(name, view, disassembly.value);
  out.table("routines", {{"flat", true}, {"cum", true}, {"cum_percent"}, {"name"}, {"object"}});
  for (const DisasmRoutine& routine : disassembly.routines) {
    out.row({Amount{routine.flat}, Amount{routine.cum}, Share{routine.cum, disassembly.total},
             routine.names[0], routine.object});
  }
  out.table("instructions",
            {{"flat", true}, {"cum", true}, {"address"}, {"instruction"}, {"function"}, {"file"}, {"line"}});
  for (const DisasmRoutine& routine : disassembly.routines) {
    for (const DisasmLine& line : routine.lines) {
      out.row({Amount{line.flat}, Amount{line.cum}, hex(line.address), line.text, line.function, line.file,
               line.line});
    }
  }
}

void tabulate(std::string_view name, const View& view, const std::vector<Tag>& tags, TableWriter& out) {
  out.begin(name, view, view.value());
  out.table("tags", {{"value", true}, {"value_percent"}, {"key"}, {"tag"}});
  for (const Tag& tag : tags) {
    for (const TagValue& row : tag.values) {
      out.row({Amount{row.value}, Share{row.value, view.total()}, tag.key, row.text});
    }
  }
}

void tabulate_traces(std::string_view name, const View& view, TableWriter& out) {
  out.begin(name, view, view.value());
  out.table("samples", {{"value", true}, {"labels"}, {"stack"}});
  for_each_trace(view, [&](const Trace& trace) {
    std::vector<std::string> stack;
    for (const TraceFrame& frame : trace.frames) {
      stack.push_back(std::string(frame.name) + (frame.is_inline ? " (inline)" : ""));
    }
    out.row({Amount{trace.value}, labels_of(view, trace.sample), std::move(stack)});
  });
}

void tabulate_raw(std::string_view name, const View& view, TableWriter& out) {
  const Profile& p = view.profile();
  out.begin(name, view, view.value());
  out.table("sample_types", {{"type"}, {"unit"}});
  for (const ValueType type : p.sample_types()) {
    out.row({std::string(p.string(type.type)), std::string(p.string(type.unit))});
  }
  out.table("samples", {{"values"}, {"locations"}, {"labels"}});
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    const auto all = p.values(i);
    std::vector<int64_t> values(all.begin(), all.end());
    std::vector<uint64_t> locations;
    for (const uint32_t l : view.stack(i)) {
      if (view.visible(l)) locations.push_back(p.locations()[l].id);
    }
    out.row({std::move(values), std::move(locations), labels_of(view, i)});
  }
  out.table("locations", {{"location"},
                          {"address"},
                          {"mapping"},
                          {"function"},
                          {"system_name"},
                          {"file"},
                          {"line"},
                          {"column"}});
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    const Location& location = p.locations()[l];
    const uint64_t id = location.id;
    const uint64_t mapping = location.mapping == kNoIndex ? 0 : p.mappings()[location.mapping].id;
    for (const Line& line : view.lines(l)) {
      const Function& f = p.functions()[line.function];
      out.row({id, hex(location.address), mapping, std::string(p.string(f.name)),
               std::string(p.string(f.system_name)), std::string(p.string(f.filename)), line.line,
               line.column});
    }
    if (view.lines(l).empty()) {
      out.row({id, hex(location.address), mapping, std::string(), std::string(), std::string(), int64_t{0},
               int64_t{0}});
    }
  }
  out.table("mappings", {{"mapping"}, {"start"}, {"limit"}, {"offset"}, {"file"}, {"build_id"}});
  for (const Mapping& m : p.mappings()) {
    out.row({m.id, hex(m.start), hex(m.limit), hex(m.offset), std::string(p.string(m.file)),
             std::string(p.string(m.build_id))});
  }
}

void tabulate_comments(std::string_view name, const View& view, TableWriter& out) {
  out.begin(name, view, view.value());
  out.table("comments_of_profile", {{"comment"}});
  for (const StringId comment : view.profile().comments)
    out.row({std::string(view.profile().string(comment))});
}

}  // namespace prof::report
