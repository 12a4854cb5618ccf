#include "libprof/profile/legacy/draft.h"

#include <algorithm>
#include <cmath>

namespace prof::legacy {
namespace {

// Two entries that are one mapping, split: one ends where the other starts, and nothing that both say
// differs.
bool is_continued(const DraftMapping& a, const DraftMapping& b) {
  const auto differ = [](const std::string& x, const std::string& y) {
    return !x.empty() && !y.empty() && x != y;
  };
  if (a.limit != b.start || differ(a.file, b.file) || differ(a.build_id, b.build_id)) return false;
  return a.offset == 0 || b.offset == 0 || a.offset + (a.limit - a.start) == b.offset;
}

// "libc.so", "libc.so.6", "ld-2.15.so_1".
bool is_library(std::string_view file) {
  if (file.ends_with(".so")) return true;
  for (size_t at = 0; (at = file.find(".so", at)) != std::string_view::npos; at += 3) {
    if (at + 4 < file.size() && (file[at + 3] == '.' || file[at + 3] == '_') && file[at + 4] >= '0' &&
        file[at + 4] <= '9') {
      return true;
    }
  }
  return false;
}

bool may_be_program(std::string file) {
  constexpr std::string_view kDeleted = "(deleted)";
  for (size_t at = 0; (at = file.find(kDeleted, at)) != std::string::npos;) file.erase(at, kDeleted.size());
  const size_t first = file.find_first_not_of(' ');
  return first != std::string::npos && file[first] != '[' && !is_library(file);
}

// Which mapping an address is in: the first of the list that has it. Fast where the list is sorted and
// nothing overlaps, as it is when a kernel wrote it.
class Finder {
 public:
  explicit Finder(const std::vector<DraftMapping>& all) : all_(all) { refresh(); }
  void refresh() {  // after a change of the list
    is_sorted_ = true;
    for (size_t i = 0; i < all_.size(); i++) {
      is_sorted_ =
          is_sorted_ && all_[i].start <= all_[i].limit && (i == 0 || all_[i - 1].limit <= all_[i].start);
    }
  }
  uint32_t find(uint64_t address) const {
    const auto has = [&](const DraftMapping& m) { return m.start <= address && address < m.limit; };
    auto found = all_.end();
    if (is_sorted_) {
      found = std::upper_bound(all_.begin(), all_.end(), address,
                               [](uint64_t a, const DraftMapping& m) { return a < m.limit; });
      if (found != all_.end() && !has(*found)) found = all_.end();
    } else {
      found = std::find_if(all_.begin(), all_.end(), has);
    }
    return found == all_.end() ? kNoIndex : static_cast<uint32_t>(found - all_.begin());
  }

 private:
  const std::vector<DraftMapping>& all_;
  bool is_sorted_ = true;
};

}  // namespace

int64_t saturate(double value) {
  constexpr double kEdge = 9223372036854775808.0;  // 2^63
  if (std::isnan(value)) return 0;
  if (value >= kEdge) return INT64_MAX;
  return value < -kEdge ? INT64_MIN : static_cast<int64_t>(value);
}

// The chance that an object of that average size is sampled at all is 1 - exp(-size / rate).
Amount unsample(Amount sampled, int64_t rate) {
  if (sampled.count == 0 || sampled.size == 0) return {0, 0};
  if (rate <= 1) return sampled;
  const double count = static_cast<double>(sampled.count), size = static_cast<double>(sampled.size);
  const double scale = 1 / (1 - std::exp(-(size / count) / static_cast<double>(rate)));
  return {saturate(count * scale), saturate(size * scale)};
}

void Draft::add_sample(const std::vector<uint64_t>& stack, std::initializer_list<int64_t> values,
                       std::optional<int64_t> bytes) {
  for (const uint64_t address : stack) {
    const auto [found, added] = index_.emplace(address, static_cast<uint32_t>(places_.size()));
    if (added) places_.push_back({address, kNoIndex, {}});
    stacks_.push_back(found->second);
  }
  ends_.push_back(stacks_.size());
  values_.insert(values_.end(), values);
  if (bytes) bytes_.push_back(*bytes);
}

void Draft::repeat_last_sample() {
  if (!ends_.empty()) values_.back()++;
}

void Draft::set_symbol(uint64_t address, Symbol symbol) {
  places_[index_.at(address)].symbol = std::move(symbol);
}

void Draft::remove_second_frames(const std::function<bool(uint64_t, uint64_t)>& unwanted) {
  size_t out = 0, begin = 0;  // writing never overtakes reading
  for (size_t& sample_end : ends_) {
    const size_t end = sample_end;
    const bool is_unwanted =
        end - begin > 1 && unwanted(places_[stacks_[begin]].address, places_[stacks_[begin + 1]].address);
    for (size_t i = begin; i < end; i++) {
      if (!is_unwanted || i != begin + 1) stacks_[out++] = stacks_[i];
    }
    begin = end;
    sample_end = out;
  }
  stacks_.resize(out);
}

void Draft::strip_handler_frames() {
  const size_t exceptions = ends_.size() / 32;
  for (int round = 0; round < 2; round++) {
    std::unordered_map<uint32_t, size_t> seconds;
    for (size_t i = 0; i < ends_.size(); i++) {
      if (stack(i).size() > 1) seconds[stack(i)[1]]++;
    }
    for (const auto& [place, count] : seconds) {
      if (count < ends_.size() - exceptions) continue;
      const uint64_t address = places_[place].address;
      remove_second_frames([=](uint64_t, uint64_t second) { return second == address; });
      break;
    }
  }
}

// Joins split mappings, then puts the one that looks like the program first.
void Draft::join_mappings() {
  std::vector<DraftMapping> joined;
  for (DraftMapping& mapping : mappings) {
    if (joined.empty() || !is_continued(joined.back(), mapping)) {
      joined.push_back(std::move(mapping));
      continue;
    }
    joined.back().limit = mapping.limit;
    if (!mapping.file.empty()) joined.back().file = mapping.file;
    if (!mapping.build_id.empty()) joined.back().build_id = mapping.build_id;
  }
  mappings = std::move(joined);
  const auto program = std::find_if(mappings.begin(), mappings.end(),
                                    [](const DraftMapping& m) { return may_be_program(m.file); });
  if (program != mappings.end()) std::swap(mappings.front(), *program);
}

// By first use; those that no sample names (any more) go.
void Draft::number_locations() {
  std::vector<uint32_t> number(places_.size(), kNoIndex);
  std::vector<Place> used;
  for (uint32_t& place : stacks_) {
    if (number[place] == kNoIndex) {
      number[place] = static_cast<uint32_t>(used.size());
      used.push_back(std::move(places_[place]));
    }
    place = number[place];
  }
  places_ = std::move(used);
  index_.clear();
}

void Draft::find_mappings() {
  if (mappings.size() > 1 && mappings[0].file.starts_with("/anon_hugepage") &&
      mappings[0].limit == mappings[1].start) {
    mappings.erase(mappings.begin());
  }
  constexpr uint64_t kUsualStart = 0x400000;
  if (!mappings.empty() && mappings[0].start - mappings[0].offset == kUsualStart) {
    mappings[0].start = kUsualStart;
    mappings[0].offset = 0;
  }
  Finder finder(mappings);
  for (Place& place : places_) {
    if (place.address == 0 || (place.symbol && drops_addresses)) continue;
    place.mapping = finder.find(place.address);
    if (place.mapping != kNoIndex) continue;
    // Its first part may be missing from the list, else it is in none: one that has all addresses.
    auto mapping = std::find_if(mappings.begin(), mappings.end(), [&](const DraftMapping& m) {
      return m.offset != 0 && m.start - m.offset <= place.address && place.address < m.start;
    });
    if (mapping == mappings.end()) {
      mapping = mappings.insert(mapping, DraftMapping{0, UINT64_MAX, 0, "", ""});
    } else {
      mapping->start -= mapping->offset;
      mapping->offset = 0;
    }
    place.mapping = static_cast<uint32_t>(mapping - mappings.begin());
    finder.refresh();
  }
}

Profile Draft::finish(bool is_leaf_twice) && {
  join_mappings();
  number_locations();
  find_mappings();
  if (is_leaf_twice) {
    remove_second_frames([](uint64_t leaf, uint64_t second) { return leaf == second + 1; });
  }

  ProfileBuilder builder;
  for (const auto& [type, unit] : sample_types) builder.add_sample_type(type, unit);
  for (const DraftMapping& m : mappings) {
    builder.add_mapping({0, m.start, m.limit, m.offset, builder.intern(m.file), builder.intern(m.build_id),
                         false, false, false, false});
  }
  std::unordered_map<std::string, uint32_t> functions;  // by name: the first file named counts
  for (const Place& place : places_) {
    std::vector<Line> lines;
    if (place.symbol) {
      const auto [found, added] = functions.emplace(place.symbol->function, 0);
      if (added) {
        const StringId name = builder.intern(place.symbol->function);
        found->second = builder.add_function({0, name, name, builder.intern(place.symbol->file), 0});
      }
      lines.push_back({found->second, place.symbol->line, 0});
    }
    builder.add_location({0, place.mapping, drops_addresses ? 0 : place.address, 0, 0, false}, lines);
  }
  const StringId bytes = bytes_.empty() ? 0 : builder.intern("bytes");
  builder.reserve_samples(ends_.size(), stacks_.size());
  for (size_t i = 0; i < ends_.size(); i++) {
    const int64_t size = bytes_.empty() ? 0 : bytes_[i];
    const Label label{bytes, 0, size, 0, size == 0};
    const std::span<const Label> labels(&label, bytes_.empty() ? 0 : 1);
    builder.add_sample(stack(i), std::span(values_).subspan(i * sample_types.size(), sample_types.size()),
                       labels);
  }
  Profile& header = builder.header();
  header.period_type = {builder.intern(period_type.first), builder.intern(period_type.second)};
  header.period = period;
  header.duration_ns = duration_ns;
  header.drop_frames = builder.intern(drop_frames);
  header.keep_frames = builder.intern(keep_frames);
  header.warnings = std::move(warnings);
  return std::move(builder).finish();
}

}  // namespace prof::legacy
