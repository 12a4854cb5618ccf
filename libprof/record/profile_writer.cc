#include "libprof/record/profile_writer.h"

#include <algorithm>

namespace prof::record {

// What the agent told: the first segment of code.
symbols::Placement ProfileWriter::placement(uint32_t file) const {
  const spool::Module& module = book_.files()[file].mapping;
  return {module.text_start, module.text_end, module.text_offset};
}

uint32_t ProfileWriter::mapping(uint32_t file) { return mapping(file, placement(file)); }

uint32_t ProfileWriter::mapping(const Place& place) {
  const uint64_t bias = book_.files()[place.file].mapping.bias;
  const auto has_it = [](const symbols::Placement& code, uint64_t address) {
    return address >= code.start && address < code.limit;
  };
  const symbols::Placement first = placement(place.file);
  if (has_it(first, place.address + bias)) return mapping(place.file, first);
  for (const symbols::Placement& code : book_.answer(place.file).placements) {
    if (!has_it(code, place.address)) continue;
    return mapping(place.file, {code.start + bias, code.limit + bias, code.offset});
  }
  return mapping(place.file, first);
}

uint32_t ProfileWriter::mapping(uint32_t index, const symbols::Placement& placement) {
  const auto [entry, is_new] = mappings_.try_emplace({index, placement.start}, kNoIndex);
  const SymbolBook::File& file = book_.files()[index];
  if (!is_new || file.path.empty()) return entry->second;
  Mapping mapping;
  mapping.start = placement.start;
  mapping.limit = placement.limit;
  mapping.offset = placement.offset;
  mapping.file = builder_.intern(file.path);
  mapping.build_id = builder_.intern(file.build_id);
  const symbols::Answer& answer = book_.answer(index);
  mapping.has_functions = std::any_of(answer.codes.begin(), answer.codes.end(), [](const auto& code) {
    return code.source >= symbols::Source::kSymbol;
  });
  mapping.has_filenames = mapping.has_line_numbers = mapping.has_inline_frames = answer.has_debug_info;
  return entry->second = builder_.add_mapping(mapping);
}

uint32_t ProfileWriter::location(const Place& place) {
  const auto [entry, is_new] = locations_.try_emplace({place.file, place.address});
  if (!is_new) return entry->second;
  lines_.clear();
  for (const auto& frame : book_.code(place).frames)
    lines_.push_back({function(frame), frame.line, frame.column});
  Location location;
  location.mapping = mapping(place);
  location.address = place.address + book_.files()[place.file].mapping.bias;
  return entry->second = builder_.add_location(location, lines_);
}

uint32_t ProfileWriter::waiting(const std::string& name) {
  const auto [entry, is_new] = waits_.try_emplace(name, kNoIndex);
  if (!is_new) return entry->second;
  symbols::Frame frame;
  frame.name = frame.system_name = name;
  const Line line = {function(frame), 0, 0};
  return entry->second = builder_.add_location(Location{0, kNoIndex, 0, 0, 0, false}, std::span(&line, 1));
}

uint32_t ProfileWriter::function(const symbols::Frame& frame) {
  Function function;
  function.name = builder_.intern(frame.name);
  function.system_name = builder_.intern(frame.system_name);
  function.filename = builder_.intern(frame.file);
  function.start_line = frame.start_line;
  const auto [entry, is_new] = functions_.try_emplace(
      {function.name, function.system_name, function.filename, function.start_line}, 0u);
  if (is_new) entry->second = builder_.add_function(function);
  return entry->second;
}

}  // namespace prof::record
