#include "libprof/profile/merged_objects.h"

#include <algorithm>

#include "libprof/base/hash.h"

namespace prof {
namespace {

// What makes two objects of the result the same. Sizes of mappings are rounded up to pages: tools disagree
// about the last one.
uint64_t pages(const Mapping& m) { return (m.limit - m.start + 0xfff) / 0x1000; }
StringId file(const Mapping& m) { return m.build_id != 0 ? m.build_id : m.file; }

bool is_same(const Mapping& a, const Mapping& b) {
  return pages(a) == pages(b) && a.offset == b.offset && file(a) == file(b);
}

bool is_same(const Function& a, const Function& b) {
  return a.name == b.name && a.system_name == b.system_name && a.filename == b.filename &&
         a.start_line == b.start_line;
}

bool is_same(const Location& a, std::span<const Line> lines, const Location& b,
             std::span<const Line> others) {
  return a.mapping == b.mapping && a.address == b.address && a.is_folded == b.is_folded &&
         std::equal(lines.begin(), lines.end(), others.begin(), others.end(),
                    [](const Line& x, const Line& y) {
                      return x.function == y.function && x.line == y.line && x.column == y.column;
                    });
}

uint64_t hash_of(const Mapping& m) { return hash_with(hash_with(pages(m), m.offset), file(m)); }

uint64_t hash_of(const Function& f) {
  const uint64_t names = hash_with(uint64_t{f.name} << 32 | f.system_name, f.filename);
  return hash_with(names, static_cast<uint64_t>(f.start_line));
}

uint64_t hash_of(const Location& l, std::span<const Line> lines) {
  uint64_t hash = hash_with(uint64_t{l.mapping} << 1 | l.is_folded, l.address);
  for (const Line& line : lines) {
    hash = hash_with(hash, (uint64_t{line.function} << 32 ^ static_cast<uint64_t>(line.line)) +
                               static_cast<uint64_t>(line.column));
  }
  return hash;
}

template <typename Text>
Mapping with_texts(Mapping m, Text&& text) {
  m.id = 0;
  m.file = text(m.file);
  m.build_id = text(m.build_id);
  return m;
}

template <typename Text>
Function with_texts(const Function& f, Text&& text) {
  return {0, text(f.name), text(f.system_name), text(f.filename), f.start_line};
}

// What HashIndex asks: whether the one at an index is the same.
auto like(std::span<const Mapping> all, const Mapping& m) {
  return [=, &m](uint32_t at) { return is_same(all[at], m); };
}
auto like(std::span<const Function> all, const Function& f) {
  return [=, &f](uint32_t at) { return is_same(all[at], f); };
}
auto like(const Profile& all, const Location& l, std::span<const Line> lines) {
  return [=, &all, &l](uint32_t at) {
    const Location& known = all.locations()[at];
    return is_same(known, all.lines(known), l, lines);
  };
}

}  // namespace

void MergedObjects::begin(const Profile& profile) {
  profile_ = &profile;
  text_of_.assign(profile.string_count(), kNoIndex);
  mapping_of_.assign(profile.mappings().size(), kNoIndex);
  function_of_.assign(profile.functions().size(), kNoIndex);
  location_of_.assign(profile.locations().size(), kNoIndex);
  if (!locations_.empty()) recognize();
}

// What is there already, in the order in which `profile` has it: half the cache misses of finding it when
// asked for.
void MergedObjects::recognize() {
  const Profile& all = builder_.profile();
  for (StringId id = 0; id < text_of_.size(); id++) text_of_[id] = builder_.find(profile_->string(id));
  const auto known_text = [&](StringId id) { return text_of_[id]; };
  for (size_t i = 0; i < mapping_of_.size(); i++) {
    const Mapping m = with_texts(profile_->mappings()[i], known_text);
    mapping_of_[i] = mappings_.find(hash_of(m), like(all.mappings(), m));
  }
  for (size_t i = 0; i < function_of_.size(); i++) {
    const Function f = with_texts(profile_->functions()[i], known_text);
    function_of_[i] = functions_.find(hash_of(f), like(all.functions(), f));
  }
  bool is_known = true;
  const auto known = [&](const std::vector<uint32_t>& of, uint32_t index) {
    const uint32_t found = index == kNoIndex ? kNoIndex : of[index];
    is_known &= index == kNoIndex || found != kNoIndex;
    return found;
  };
  for (size_t i = 0; i < location_of_.size(); i++) {
    is_known = true;
    const Location l = translated(
        profile_->locations()[i], [&](uint32_t m) { return known(mapping_of_, m); },
        [&](uint32_t f) { return known(function_of_, f); });
    if (is_known) location_of_[i] = locations_.find(hash_of(l, lines_), like(all, l, lines_));
  }
}

StringId MergedObjects::text(StringId id) {
  StringId& known = text_of_[id];
  if (known == kNoIndex) known = builder_.intern(profile_->string(id));
  return known;
}

uint32_t MergedObjects::mapping(uint32_t index) {
  if (index == kNoIndex || mapping_of_[index] != kNoIndex)
    return index == kNoIndex ? index : mapping_of_[index];
  const Mapping m = with_texts(profile_->mappings()[index], [&](StringId id) { return text(id); });
  return mapping_of_[index] = mappings_.find_or_add(hash_of(m), like(builder_.profile().mappings(), m),
                                                    [&] { return builder_.add_mapping(m); });
}

uint32_t MergedObjects::function(uint32_t index) {
  if (index == kNoIndex || function_of_[index] != kNoIndex)
    return index == kNoIndex ? index : function_of_[index];
  const Function f = with_texts(profile_->functions()[index], [&](StringId id) { return text(id); });
  return function_of_[index] = functions_.find_or_add(hash_of(f), like(builder_.profile().functions(), f),
                                                      [&] { return builder_.add_function(f); });
}

template <typename OfMapping, typename OfFunction>
Location MergedObjects::translated(const Location& location, OfMapping&& mapping, OfFunction&& function) {
  Location l = location;
  l.id = 0;
  l.mapping = mapping(location.mapping);
  if (l.mapping != kNoIndex) {
    l.address +=
        builder_.profile().mappings()[l.mapping].start - profile_->mappings()[location.mapping].start;
  }
  const auto lines = profile_->lines(location);
  lines_.assign(lines.begin(), lines.end());
  for (Line& line : lines_) line.function = function(line.function);
  return l;
}

uint32_t MergedObjects::add_location(uint32_t index) {
  const Location l = translated(
      profile_->locations()[index], [&](uint32_t m) { return mapping(m); },
      [&](uint32_t f) { return function(f); });
  return location_of_[index] = locations_.find_or_add(hash_of(l, lines_), like(builder_.profile(), l, lines_),
                                                      [&] { return builder_.add_location(l, lines_); });
}

}  // namespace prof
