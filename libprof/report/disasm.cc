#include "libprof/report/disasm.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <tuple>

#include "libprof/base/terminal_text.h"
#include "libprof/report/graph.h"
#include "libprof/report/heat.h"
#include "libprof/report/units.h"
#include "libprof/symbols/disassembler.h"

namespace prof::report {
namespace {

struct Sampled {
  uint32_t node = 0;
  uint64_t address = 0;  // in the object file
};

std::optional<uint64_t> parse_address(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  uint64_t address = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), address, is_hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return address;
}

// The nodes of a mapping, by address in its file.
std::vector<Sampled> sampled_in(const Graph& graph, const Mapping& mapping,
                                const symbols::Disassembler& code) {
  std::vector<Sampled> sampled;
  const symbols::Placement place = {mapping.start, mapping.limit, mapping.offset};
  for (const uint32_t id : graph.shown) {
    const Node& node = graph.nodes[id];
    const bool is_inside =
        mapping.limit == 0 || (node.address >= mapping.start && node.address < mapping.limit);
    if (node.object != mapping.file || !is_inside) continue;
    sampled.push_back({id, code.file_address(node.address, place)});
  }
  std::sort(sampled.begin(), sampled.end(),
            [](const Sampled& a, const Sampled& b) { return a.address < b.address; });
  return sampled;
}

DisasmRoutine annotate(const symbols::Routine& routine, const std::vector<symbols::Instruction>& instructions,
                       std::span<const Sampled> sampled, const Graph& graph) {
  DisasmRoutine result;
  result.names = routine.names;
  Sum flat, cum;
  size_t next = 0;
  for (size_t i = 0; i < instructions.size(); i++) {
    const symbols::Instruction& one = instructions[i];
    DisasmLine& line = result.lines.emplace_back();
    line.address = one.address;
    line.text = one.text;
    const bool is_known = !one.code.frames.empty() && !one.code.frames[0].file.empty();
    if (is_known) {
      const symbols::Frame& innermost = one.code.frames[0];
      line.function = innermost.name;
      line.file = base_name(innermost.file);
      line.line = innermost.line;
    }
    // Samples within an instruction, as those of return addresses are, belong to it.
    const uint64_t end = i + 1 < instructions.size() ? instructions[i + 1].address : UINT64_MAX;
    Sum line_flat, line_cum;
    for (; next < sampled.size() && sampled[next].address < end; next++) {
      const uint32_t id = sampled[next].node;
      const Node& node = graph.nodes[id];
      line_flat.add(graph.flat[id].value, graph.flat[id].divisor);
      line_cum.add(graph.cum[id].value, graph.cum[id].divisor);
      if (is_known) continue;
      if (line.file.empty() && node.file != 0) line.file = base_name(graph.nodes.file(node));
      if (line.line == 0) line.line = node.line;
      if (line.function.empty()) line.function = graph.nodes.function(node);
    }
    line.flat = line_flat.shown();
    line.cum = line_cum.shown();
    flat.add(line_flat.value, line_flat.divisor);
    cum.add(line_cum.value, line_cum.divisor);
  }
  result.flat = flat.shown();
  result.cum = cum.shown();
  return result;
}

bool has_name(const Graph& graph, uint32_t id, const re2::RE2& regex) {
  return matches(regex, graph.nodes.name(id)) || matches(regex, graph.nodes.function(graph.nodes[id]));
}

// Whether a function of this object that has samples matches.
bool is_wanted(const Graph& graph, const Mapping& mapping, const re2::RE2& regex,
               std::optional<uint64_t> address) {
  if (address && *address >= mapping.start && *address < mapping.limit) return true;
  return std::any_of(graph.shown.begin(), graph.shown.end(), [&](uint32_t id) {
    return graph.nodes[id].object == mapping.file && has_name(graph, id, regex);
  });
}

// Of code that was made at run time, or whose file has no symbol table, the profile has names all the same.
Error no_routine(const Graph& graph, const re2::RE2& regex, const std::string& expression,
                 const Warnings& warnings) {
  const std::string reason = warnings.empty() ? "" : ": " + warnings[0];
  const bool is_known = std::any_of(graph.shown.begin(), graph.shown.end(),
                                    [&](uint32_t id) { return has_name(graph, id, regex); });
  if (is_known) {
    return {fmt::format("there is no code at hand for '{}'{}", expression, reason),
            reason.empty() ? "it is in no file, or in none whose symbol table has it" : ""};
  }
  return {fmt::format("no function with samples matches '{}'{}", expression, reason),
          "`prof top` lists the functions there are"};
}

// Of what the binary names, not the profile.
void make_terminal_names(DisasmRoutine& routine) {
  for (std::string& name : routine.names) name = terminal_name(name);
  for (DisasmLine& line : routine.lines) {
    for (std::string* text : {&line.text, &line.function, &line.file}) *text = terminal_name(*text);
  }
}

}  // namespace

Result<Disassembly> disasm(const View& view, const std::string& expression) {
  auto regex = compile_regex("the argument", expression.empty() ? "." : expression);
  if (!regex) return tl::unexpected(regex.error());
  const auto address = parse_address(expression);
  const Graph graph = make_flat_graph(view, Granularity::kAddresses, true);
  const Profile& p = view.profile();
  const auto syntax = view.options().intel_syntax ? symbols::Syntax::kIntel : symbols::Syntax::kAtt;
  Disassembly result{view.value(), view.total(), {}, {}};
  for (const Mapping& mapping : p.mappings()) {
    if (mapping.file == 0 || !is_wanted(graph, mapping, **regex, address)) continue;
    const auto code = symbols::Disassembler::open(std::string(p.string(mapping.file)),
                                                  std::string(p.string(mapping.build_id)));
    if (!code) {
      result.warnings.push_back(code.error().message());
      continue;
    }
    const auto sampled = sampled_in(graph, mapping, *code);
    const symbols::Placement place = {mapping.start, mapping.limit, mapping.offset};
    const auto found = code->find([&](std::string_view name) { return matches(**regex, name); },
                                  address ? code->file_address(*address, place) : 0);
    std::vector<symbols::Routine> routines;
    std::vector<std::span<const Sampled>> samples;
    for (const symbols::Routine& routine : found) {
      const auto is_before = [](const Sampled& one, uint64_t at) { return one.address < at; };
      const auto begin = std::lower_bound(sampled.begin(), sampled.end(), routine.start, is_before);
      const auto end = std::lower_bound(begin, sampled.end(), routine.end, is_before);
      if (begin == end) continue;
      routines.push_back(routine);
      samples.emplace_back(begin, end);
    }
    const auto instructions = code->disassemble(routines, syntax);
    for (size_t i = 0; i < routines.size(); i++) {
      result.routines.push_back(annotate(routines[i], instructions[i], samples[i], graph));
      result.routines.back().object = p.string(mapping.file);
      if (view.options().terminal_names) make_terminal_names(result.routines.back());
    }
    for (const std::string& warning : code->warnings()) result.warnings.push_back(warning);
  }
  if (result.routines.empty()) {
    return tl::unexpected(no_routine(graph, **regex, expression, result.warnings));
  }
  std::stable_sort(result.routines.begin(), result.routines.end(), [](const auto& a, const auto& b) {
    return std::tie(a.names[0], a.lines[0].address) < std::tie(b.names[0], b.lines[0].address);
  });
  return result;
}

std::string print(const Disassembly& disassembly, bool is_colored) {
  const Value& value = disassembly.value;
  std::string text = fmt::format("Total: {}\n", value.format(disassembly.total));
  for (const DisasmRoutine& routine : disassembly.routines) {
    text += fmt::format("ROUTINE ======================== {}\n", routine.names[0]);
    for (size_t i = 1; i < routine.names.size(); i++) {
      text += fmt::format("    AKA ======================== {}\n", routine.names[i]);
    }
    text += fmt::format("{:>10} {:>10} (flat, cum) {} of Total\n", value.format(routine.flat),
                        value.format(routine.cum), percentage(routine.cum, disassembly.total));
    const Heat heat(value, routine.lines, is_colored);
    std::tuple<std::string_view, std::string_view, int64_t> place;
    for (const DisasmLine& line : routine.lines) {
      std::string location;
      if (const std::tuple here(std::string_view(line.function), std::string_view(line.file), line.line);
          here != place) {
        place = here;
        if (!line.function.empty()) location = line.function + ' ';
        if (!line.file.empty()) location += line.file;
        if (!line.file.empty() && line.line != 0) location += fmt::format(":{}", line.line);
      }
      const bool is_long = line.text.size() >= 40;
      if (is_long && !location.empty()) text += fmt::format("{:74};{}\n", "", location);
      text += fmt::format("{} {} {:>10x}: ", heat.cell(line.flat), heat.cell(line.cum), line.address);
      text +=
          location.empty() || is_long ? line.text + '\n' : fmt::format("{:<40};{}\n", line.text, location);
    }
  }
  return text;
}

}  // namespace prof::report
