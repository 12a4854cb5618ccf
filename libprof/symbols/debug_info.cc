#include "libprof/symbols/debug_info.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "libprof/base/on_all_cores.h"
#include "libprof/symbols/demangle.h"
#include "libprof/symbols/dwarf/aranges.h"
#include "libprof/symbols/dwarf/code.h"
#include "libprof/symbols/dwarf/lines.h"
#include "libprof/symbols/dwarf/names.h"
#include "libprof/symbols/dwarf/ranges.h"

namespace prof::symbols {
namespace {

using dwarf::Scope;
using dwarf::Unit;

// From here on a unit tells all of its code by itself.
constexpr uint16_t kHasRanges = 3;

// The code of a whole unit, as it says.
std::vector<dwarf::Range> ranges_of(const Unit& unit) {
  dwarf::Bytes at(unit.sections.info.substr(0, unit.end), unit.first_entry);
  std::vector<dwarf::Range> ranges;
  const dwarf::Abbrev* abbrev = unit.abbrevs->find(at.uleb());
  if (abbrev == nullptr) return ranges;
  dwarf::Extent extent;
  for (const auto& spec : unit.abbrevs->attributes(*abbrev)) {
    if (dwarf::is_extent(spec.name)) {
      extent.take(spec.name, dwarf::read_value(at, unit, spec));
    } else {
      dwarf::skip_value(at, unit, spec.form);
    }
  }
  if (!extent.empty()) dwarf::add_ranges(unit, extent, ranges);
  return ranges;
}

// Answers for the addresses of one unit.
class UnitResolver {
 public:
  // `lines_of` has the line table, `code_of` the functions: they differ where DWARF is split. `wanted` is
  // sorted.
  UnitResolver(const Unit& lines_of, const Unit& code_of, std::span<const uint64_t> wanted)
      : lines_(lines_of, wanted), code_(code_of, wanted), unit_(code_of) {}

  // Of the i-th wanted address.
  void resolve(size_t i, const char* symbol, Code& code) {
    const dwarf::LineTable::Row* row = lines_.find(i);
    const Scope* scope = code_.find(i);
    uint32_t file = row != nullptr ? row->file : dwarf::kNoFile, line = row != nullptr ? row->line : 0;
    uint32_t column = row != nullptr ? row->column : 0;
    if (scope == nullptr) {  // -gline-tables-only omits functions that inline nothing
      if (symbol == nullptr || row == nullptr) return;
      code.source = Source::kDebugInfo;
      code.frames.push_back({"", symbol, path(file), 0, line, column});
      return;
    }
    code.source = Source::kDebugInfo;
    for (; scope != nullptr; scope = code_.parent(*scope)) {
      const Known& known = name(*scope);
      const std::string linker_name = better_name(known, scope->is_inlined ? nullptr : symbol);
      const bool is_known = linker_name.empty();
      code.frames.push_back({is_known ? known.scoped_name : "", is_known ? known.name : linker_name,
                             path(file), known.line, line, column});
      file = scope->call_file;
      line = scope->call_line;
      column = scope->call_column;
    }
  }

 private:
  struct Known {
    std::string name, scoped_name;
    bool is_linker_name = false;
    int64_t line = 0;
  };

  const Known& name(const Scope& scope) {
    const auto [entry, is_new] = known_.try_emplace(scope.entry);
    if (is_new) {
      const dwarf::Names names = names_.read(unit_, scope.entry);
      Known& known = entry->second;
      known.is_linker_name = !names.linker_name.empty();
      known.name = names.linker_name.empty() ? names.name : names.linker_name;
      known.scoped_name = names.scoped_name;
      known.line = static_cast<int64_t>(names.line);
    }
    return entry->second;
  }

  // What tells no linker's name (what no other file can refer to, clang's -gmlt) is still in the symbol
  // table: that name, or "". Without what a compiler adds for a copy it made (".constprop.0", ".cold"): it is
  // the same function, as it is where debug information has the linker's name, and where it is inlined.
  static std::string better_name(const Known& known, const char* symbol) {
    if (symbol == nullptr || known.is_linker_name) return "";
    const std::string_view name = symbol;
    const bool is_mangled = name.starts_with("_Z") || name.starts_with("_D");
    if (!is_mangled) return known.name.empty() ? symbol : "";
    return std::string(without_copy_suffix(name));
  }

  const std::string& path(uint32_t file) {
    const auto [entry, is_new] = paths_.try_emplace(file);
    if (is_new) entry->second = lines_.path(file);
    return entry->second;
  }

  dwarf::LineTable lines_;
  dwarf::UnitCode code_;
  const Unit& unit_;
  dwarf::NameReader names_;
  std::unordered_map<uint64_t, Known> known_;
  std::unordered_map<uint32_t, std::string> paths_;
};

}  // namespace

DebugInfo::DebugInfo(const ObjectFile::DebugElf& elf, const std::string& path) : bias_(elf.bias) {
  sections_ = dwarf::LoadedSections(elf.elf, false);
  if (sections_.get().info.empty()) return;
  if (elf.alternate != nullptr) {
    alternate_sections_ = dwarf::LoadedSections(elf.alternate, false);
    dwarf::read_units(alternate_, alternate_sections_.get(), alternate_abbrevs_);
    file_.alternate = &alternate_;
  }
  dwarf::read_units(file_, sections_.get(), abbrevs_);
  bool is_split = false;
  size_t count = 0;  // bounded as in UnitCode
  const dwarf::Sections& all = sections_.get();
  const bool is_partial = std::any_of(file_.units.begin(), file_.units.end(),
                                      [](const Unit& unit) { return unit.shape.version < kHasRanges; });
  auto aranges = dwarf::read_aranges(is_partial ? all.aranges : "");
  // Where a linker drops copies of a function, their units may be told to have the one that stays: the first.
  // Of equal ranges the index finds the last.
  for (size_t i = file_.units.size(); i-- > 0;) {
    const Unit& unit = file_.units[i];
    if (count > all.info.size() + all.ranges.size() + all.rnglists.size() + all.aranges.size()) break;
    if (unit.type != DW_UT_compile && unit.type != DW_UT_skeleton) continue;
    is_split = is_split || !unit.dwo_name.empty();
    std::vector<dwarf::Range> ranges = ranges_of(unit);
    if (unit.shape.version < kHasRanges) {
      const std::vector<dwarf::Range>& more = aranges[unit.offset];
      ranges.insert(ranges.end(), more.begin(), more.end());
    }
    for (const dwarf::Range& range : ranges) {
      units_.add(range.low, range.high, &unit);
      count++;
    }
  }
  units_.build();
  if (is_split) split_ = std::make_unique<dwarf::SplitFinder>(path);
}

void DebugInfo::resolve_unit(const Unit& unit, std::span<const Query> queries) {
  const auto split = split_ != nullptr && !unit.dwo_name.empty() ? split_->find(unit) : nullptr;
  if (split == nullptr && split_ != nullptr && !unit.dwo_name.empty()) {
    const std::lock_guard lock(missing_mutex_);
    missing_.insert(dwarf::SplitFinder::place_of(unit));
  }
  std::vector<uint64_t> wanted(queries.size());
  std::transform(queries.begin(), queries.end(), wanted.begin(),
                 [this](const Query& query) { return query.address - bias_; });
  UnitResolver resolver(unit, split != nullptr ? *split->unit : unit, wanted);
  for (size_t i = 0; i < queries.size(); i++) resolver.resolve(i, queries[i].symbol, *queries[i].code);
}

void DebugInfo::resolve(std::vector<Query> queries, const Progress& progress) {
  std::sort(queries.begin(), queries.end(),
            [this](const Query& a, const Query& b) { return a.address - bias_ < b.address - bias_; });
  std::unordered_map<const Unit*, std::vector<Query>> by_unit;
  for (const Query& query : queries) {
    const Unit** unit = units_.find(query.address - bias_);
    if (unit != nullptr) by_unit[*unit].push_back(query);
  }
  std::vector<std::pair<const Unit*, std::vector<Query>>> work(by_unit.begin(), by_unit.end());
  const auto size = [](const Unit& unit) { return unit.end - unit.offset; };
  std::sort(work.begin(), work.end(),  // the largest first, so that no core waits for it at the end
            [&](const auto& a, const auto& b) { return size(*a.first) > size(*b.first); });
  uint64_t all = 0, done = 0;
  for (const auto& [unit, wanted] : work) all += size(*unit);
  std::mutex progress_mutex;
  on_all_cores(work.size(), [&](size_t i) {
    resolve_unit(*work[i].first, work[i].second);
    if (progress == nullptr) return;
    const std::lock_guard<std::mutex> lock(progress_mutex);
    progress(done += size(*work[i].first), all);
  });
}

}  // namespace prof::symbols
