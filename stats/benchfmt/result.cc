#include "stats/benchfmt/result.h"

#include <algorithm>
#include <atomic>

namespace bench {

void Configuration::touch() {
  static std::atomic<uint64_t> next{1};
  version_ = next.fetch_add(1, std::memory_order_relaxed);
}

void Configuration::set(std::string_view key, std::string_view value, bool is_file) {
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    if (entry.value == value && entry.is_file == is_file) return;
    entry.value = value;
    entry.is_file = is_file;
    touch();
    return;
  }
  entries_.push_back({std::string(key), std::string(value), is_file});
  touch();
}

void Configuration::erase(std::string_view key) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (found == entries_.end()) return;
  std::swap(*found, entries_.back());
  entries_.pop_back();
  touch();
}

const std::string* Configuration::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

NameParts split_name(std::string_view name) {
  size_t end = name.size();
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') end--;
  NameParts result;
  const bool has_procs = end > 0 && end < name.size() && name[end - 1] == '-';
  const std::string_view rest = has_procs ? name.substr(0, end - 1) : name;
  if (has_procs) result.procs = name.substr(end - 1);
  const size_t slash = rest.find('/');
  result.base = rest.substr(0, slash);
  if (slash != std::string_view::npos) result.parts = rest.substr(slash);
  return result;
}

const KnownUnit& UnitMetadata::unit(std::string_view name) {
  const auto known = units_.find(name);
  if (known != units_.end()) return known->second;
  return units_.emplace(name, KnownUnit{std::string(name), tidy(name)}).first->second;
}

const std::string* UnitMetadata::set(std::string_view unit, std::string_view key, std::string_view value) {
  const auto [entry, added] = values_.try_emplace({tidy(unit).unit, std::string(key)}, std::string(value));
  return added || entry->second == value ? nullptr : &entry->second;
}

const std::string* UnitMetadata::find(std::string_view unit, std::string_view key) const {
  const auto found = values_.find(std::pair{tidy(unit).unit, std::string(key)});
  return found == values_.end() ? nullptr : &found->second;
}

bool UnitMetadata::exact(std::string_view unit) const {
  const std::string* assumption = find(unit, "assume");
  return assumption != nullptr && *assumption == "exact";
}

Better UnitMetadata::better(std::string_view unit) const {
  if (const auto found = decided_.find(tidy(unit).unit); found != decided_.end()) return found->second;
  const std::string* better = find(unit, "better");
  if (better == nullptr) return better_of(unit);
  return *better == "higher" ? Better::kHigher : *better == "lower" ? Better::kLower : Better::kUnknown;
}

}  // namespace bench
