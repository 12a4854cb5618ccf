#include "libprof/agent/labels.h"

#include <prof/prof.h>

#include <atomic>
#include <cstring>

#include "libprof/agent/next.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

constexpr size_t kMaxKey = 63;
constexpr size_t kMaxValue = 255;
constexpr uint32_t kSlots = 2 * kMaxLabelSets;
constexpr size_t kUnit = 16;  // a set's number is its place in the arena, in these

// "key\0value\0" after each other, by key: equal sets are equal bytes.
struct Set {
  // Start of the spool that has it. Writers: whoever writes an event with it. Stale: it is written twice.
  std::atomic<int64_t> written_to;
  uint32_t hash;
  uint32_t size;

  char* text() { return reinterpret_cast<char*>(this + 1); }
};
static_assert(sizeof(Set) == kUnit);

struct Table {
  // Numbers of sets by hash; 0 is free. Writers: with_label, compare and swap, after the set is complete.
  std::atomic<uint32_t> slots[kSlots];
  std::atomic<uint32_t> count;  // of taken slots
  std::atomic<uint64_t> used;   // bytes of the arena, its first unit aside
  alignas(kUnit) char arena[kLabelBytes];
};

// Writer: the first caller, compare and swap; constant after.
std::atomic<Table*> table = nullptr;
// Writer: prof_labels_inherit. A stale value is that of a moment ago.
std::atomic<bool> inherits = false;

Table* the_table() {
  Table* known = table.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  auto* const made = static_cast<Table*>(map_pages(sizeof(Table)));
  if (made != nullptr && !table.compare_exchange_strong(known, made)) unmap_pages(made, sizeof(Table));
  return known != nullptr ? known : made;
}

Set* set_at(Table& sets, uint32_t number) {
  return reinterpret_cast<Set*>(sets.arena + uint64_t{number} * kUnit);
}

// Keys and values of one set, put together here before they are looked up.
struct Draft {
  char text[kMaxLabelSetBytes];
  size_t size = 0;
  bool is_cut = false;

  void add(const char* string, size_t length) {
    if (size + length + 1 > sizeof text) {
      is_cut = true;
      return;
    }
    std::memcpy(text + size, string, length);
    size += length;
    text[size++] = '\0';
  }
};

// No more than `most` bytes, without half a character of UTF-8.
size_t cut_length(const char* text, size_t most) {
  size_t length = ::strnlen(text, most + 1);
  if (length <= most) return length;
  length = most;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
  return length;
}

void draft(Draft& made, Set* from, const char* key, size_t key_size, const char* value) {
  const char* at = from != nullptr ? from->text() : "";
  const char* const end = at + (from != nullptr ? from->size : 0);
  bool is_placed = value == nullptr;
  const auto place = [&] {
    made.add(key, key_size);
    made.add(value, cut_length(value, kMaxValue));
    is_placed = true;
  };
  while (at < end) {
    const size_t size = std::strlen(at);
    const char* const old = at + size + 1;
    const size_t old_size = std::strlen(old);
    const size_t common = size < key_size ? size : key_size;
    int order = std::memcmp(at, key, common);
    if (order == 0) order = size < key_size ? -1 : size > key_size;
    if (order >= 0 && !is_placed) place();
    if (order != 0) {
      made.add(at, size);
      made.add(old, old_size);
    }
    at = old + old_size + 1;
  }
  if (!is_placed) place();
}

uint32_t hash_of(const char* text, size_t size) {
  uint64_t hash = size;
  for (uint64_t word = 0; size > 0; word = 0) {
    const size_t taken = size < sizeof word ? size : sizeof word;
    std::memcpy(&word, text, taken);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
    text += taken;
    size -= taken;
  }
  return static_cast<uint32_t>(hash);
}

// A new set in the arena; 0 where there is no room.
uint32_t store(Table& sets, const Draft& made, uint32_t hash) {
  const uint64_t size = (sizeof(Set) + made.size + kUnit - 1) / kUnit * kUnit;
  if (sets.count.load(std::memory_order_relaxed) >= kMaxLabelSets) return 0;
  if (sets.used.load(std::memory_order_relaxed) + kUnit + size > kLabelBytes) return 0;
  const uint64_t at = kUnit + sets.used.fetch_add(size, std::memory_order_relaxed);
  if (at + size > kLabelBytes) return 0;
  const auto number = static_cast<uint32_t>(at / kUnit);
  Set* const set = set_at(sets, number);
  set->hash = hash;
  set->size = static_cast<uint32_t>(made.size);
  std::memcpy(set->text(), made.text, made.size);
  return number;
}

// 0 where there is no room.
uint32_t intern(Table& sets, const Draft& made) {
  const uint32_t hash = hash_of(made.text, made.size);
  uint32_t own = 0;
  for (uint32_t i = 0; i < kSlots;) {
    std::atomic<uint32_t>& slot = sets.slots[(hash + i) % kSlots];
    uint32_t number = slot.load(std::memory_order_acquire);
    if (number == 0) {
      if (own == 0) own = store(sets, made, hash);
      if (own == 0) return 0;
      if (slot.compare_exchange_strong(number, own, std::memory_order_acq_rel)) {
        sets.count.fetch_add(1, std::memory_order_relaxed);
        return own;
      }
    }
    Set* const set = set_at(sets, number);
    if (set->hash == hash && set->size == made.size && std::memcmp(set->text(), made.text, made.size) == 0) {
      return number;
    }
    ++i;
  }
  return 0;
}

}  // namespace

uint32_t with_label(uint32_t set, const char* key, const char* value) {
  Table* const sets = the_table();
  const size_t key_size = cut_length(key, kMaxKey);
  Draft made;
  if (sets != nullptr) draft(made, set == 0 ? nullptr : set_at(*sets, set), key, key_size, value);
  if (sets != nullptr && made.size == 0) return 0;
  const uint32_t number = sets == nullptr || made.is_cut ? 0 : intern(*sets, made);
  if (number != 0) return number;
  if (state->is_open.load(std::memory_order_acquire)) {
    state->writer.count_drop(spool::Drop::no_labels);
  }
  // A value of before would be wrong: rather none.
  return sets != nullptr && value != nullptr ? with_label(set, key, nullptr) : 0;
}

bool is_label_set(uint32_t set) {
  Table* const sets = table.load(std::memory_order_acquire);
  if (set == 0) return true;
  const uint64_t end = sets != nullptr ? kUnit + sets->used.load(std::memory_order_relaxed) : 0;
  if (uint64_t{set} * kUnit + sizeof(Set) > (end < kLabelBytes ? end : kLabelBytes)) return false;
  Set* const named = set_at(*sets, set);
  return named->size <= kMaxLabelSetBytes &&
         uint64_t{set} * kUnit + sizeof(Set) + named->size <= kLabelBytes &&
         named->hash == hash_of(named->text(), named->size);
}

void write_labels(uint32_t number) {
  if (number == 0) return;
  Set* const set = set_at(*table.load(std::memory_order_acquire), number);
  const int64_t spool = state->writer.header()->start_monotonic_ns;
  if (set->written_to.exchange(spool, std::memory_order_relaxed) == spool) return;
  const spool::Labels labels = {number, set->size};
  if (!state->writer.write(spool::RecordType::kLabels, labels, set->text(), set->size)) {
    set->written_to.store(0, std::memory_order_relaxed);
  }
}

uint32_t labels_to_inherit() { return inherits.load(std::memory_order_relaxed) ? thread_state.labels : 0; }

}  // namespace prof::agent

using namespace prof::agent;

// Called from: threads. Never block.
extern "C" {

PROF_EXPORT prof_labels prof_labels_get(void) { return thread_state.labels; }

PROF_EXPORT prof_labels prof_labels_set(prof_labels labels) {
  const prof_labels before = thread_state.labels;
  if (is_label_set(labels)) thread_state.labels = labels;
  return before;
}

PROF_EXPORT prof_labels prof_label(const char* key, const char* value) {
  const prof_labels before = thread_state.labels;
  if (key != nullptr && key[0] != '\0') thread_state.labels = with_label(before, key, value);
  return before;
}

PROF_EXPORT void prof_labels_inherit(int on) { inherits.store(on != 0, std::memory_order_relaxed); }

}  // extern "C"
