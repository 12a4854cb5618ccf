#include "libprof/report/weblist.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "libprof/report/header.h"
#include "libprof/report/nodes.h"
#include "libprof/symbols/disassembler.h"

namespace prof::report {
namespace {

struct Cost {
  Sum flat, cum;
};

std::vector<Cost> cost_of_locations(const View& view) {
  const Profile& p = view.profile();
  std::vector<Cost> costs(p.locations().size());
  std::vector<size_t> seen(p.locations().size());  // the last sample that counted it, plus 1
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(p, i), d = view.value().divisor(p, i);
    const auto stack = view.stack(i);
    if (!stack.empty()) costs[stack[0]].flat.add(v, d);
    for (const uint32_t l : stack) {
      if (std::exchange(seen[l], i + 1) != i + 1) costs[l].cum.add(v, d);
    }
  }
  return costs;
}

// What is listed: by function, then number of the line, the line's instructions.
class Lines {
 public:
  explicit Lines(std::vector<WebRoutine>& routines) {
    for (WebRoutine& routine : routines) {
      for (size_t i = 0; i < routine.source.lines.size(); i++) {
        lines_[routine.source.name][routine.source.lines[i].number] = &routine.code[i];
      }
    }
  }
  bool has(std::string_view function) const { return lines_.contains(function); }
  std::vector<WebInstruction>* find(std::string_view function, int64_t line) const {
    const auto found = lines_.find(function);
    if (found == lines_.end()) return nullptr;
    const auto at = found->second.find(line);
    return at == found->second.end() ? nullptr : at->second;
  }

 private:
  std::map<std::string_view, std::map<int64_t, std::vector<WebInstruction>*>> lines_;
};

void add_instruction(const Lines& lines, const WebInstruction& instruction, const symbols::Code& code) {
  std::set<const void*> done;  // recursion inlined into itself
  for (size_t i = 0; i < code.frames.size(); i++) {
    auto* line = lines.find(code.frames[i].name, code.frames[i].line);
    if (line == nullptr || !done.insert(line).second) continue;
    WebInstruction& copy = line->emplace_back(instruction);
    for (size_t callee = i; callee-- > 0;) {
      const symbols::Frame& frame = code.frames[callee];
      copy.inlined.push_back(fmt::format("{} {}:{}", frame.name, base_name(frame.file), frame.line));
    }
  }
}

void add_code(const View& view, const Mapping& mapping, const std::map<uint64_t, Cost>& costs,
              const Lines& lines, WebListing& listing) {
  const Profile& p = view.profile();
  const std::string path(p.string(mapping.file)), build_id(p.string(mapping.build_id));
  const auto code = symbols::Disassembler::open(path, build_id);
  if (!code) {
    listing.warnings.push_back(code.error().message());
    return;
  }
  std::map<uint64_t, Cost> in_file;
  const symbols::Placement place = {mapping.start, mapping.limit, mapping.offset};
  for (const auto& [address, cost] : costs) in_file[code->file_address(address, place)] = cost;
  const auto syntax = view.options().intel_syntax ? symbols::Syntax::kIntel : symbols::Syntax::kAtt;
  std::vector<symbols::Routine> routines;
  for (const auto& [address, cost] : in_file) {
    if (!routines.empty() && address < routines.back().end) continue;
    if (auto routine = code->routine_at(address)) routines.push_back(std::move(*routine));
  }
  const auto code_of_all = code->disassemble(routines, syntax);
  for (size_t r = 0; r < routines.size(); r++) {
    const auto& instructions = code_of_all[r];
    auto next = in_file.lower_bound(routines[r].start);
    for (size_t i = 0; i < instructions.size(); i++) {
      const uint64_t until = i + 1 < instructions.size() ? instructions[i + 1].address : routines[r].end;
      Cost sum;
      for (; next != in_file.end() && next->first < until; ++next) {
        sum.flat.add(next->second.flat.value, next->second.flat.divisor);
        sum.cum.add(next->second.cum.value, next->second.cum.divisor);
      }
      add_instruction(lines,
                      {instructions[i].address, sum.flat.shown(), sum.cum.shown(), instructions[i].text, {}},
                      instructions[i].code);
    }
  }
  for (const std::string& warning : code->warnings()) listing.warnings.push_back(warning);
}

}  // namespace

Result<WebListing> weblist(const View& view, const std::string& expression) {
  auto source = list(view, expression, Missing::kSampledLines);
  if (!source) return tl::unexpected(source.error());
  WebListing listing{profile_header(view, view.value()), source->value, source->total, {}, {}};
  for (Routine& routine : source->routines) {
    const size_t count = routine.lines.size();
    listing.routines.push_back({std::move(routine), std::vector<std::vector<WebInstruction>>(count)});
  }
  const Lines lines(listing.routines);
  const Profile& p = view.profile();
  const auto costs = cost_of_locations(view);
  std::map<uint32_t, std::map<uint64_t, Cost>> by_mapping;  // of locations in functions that are listed
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    const Location& location = p.locations()[l];
    if (location.mapping == kNoIndex || p.mappings()[location.mapping].file == 0) continue;
    for (const Line& line : view.lines(l)) {
      if (!lines.has(p.string(p.functions()[line.function].name))) continue;
      by_mapping[location.mapping][location.address] = costs[l];
    }
  }
  for (const auto& [mapping, addresses] : by_mapping) {
    add_code(view, p.mappings()[mapping], addresses, lines, listing);
  }
  return listing;
}

}  // namespace prof::report
