#include "libprof/agent/scope_cache.h"

#include <atomic>

namespace prof::agent {
namespace {

// An answer is one word, so that it is read whole: page of the caller (35 bits) | function (5) |
// number of the definition (12) | generation (12). 0: none. Any thread writes, release, over whatever was
// there; a reader that finds another's, or one of another generation, asks again.
constexpr uint32_t kAnswers = 4096;
std::atomic<uint64_t> answers[kAnswers] = {};

// Definitions by number. Writers: whoever takes an entry from null; Unloading, back to null. Where all are
// taken, answers are not kept.
constexpr uint32_t kDefinitions = 4096;
std::atomic<void*> definitions[kDefinitions] = {};
std::atomic<bool> has_definitions = false;  // set before one is taken

// Writers: Unloading, sequentially consistent, so that whoever has seen nobody unload, and the same
// generation after, has an answer of before.
std::atomic<uint32_t> generation = 0;
std::atomic<uint32_t> unloading = 0;

uint64_t number_of(void* address) {
  has_definitions.store(true);
  const uint64_t home = reinterpret_cast<uint64_t>(address) * 0x9e3779b97f4a7c15 >> 52;
  for (uint64_t i = home; i < home + kDefinitions; ++i) {
    std::atomic<void*>& definition = definitions[i % kDefinitions];
    void* taken = definition.load(std::memory_order_acquire);
    if (taken == nullptr && definition.compare_exchange_strong(taken, address)) return i % kDefinitions;
    if (taken == address) return i % kDefinitions;
  }
  return kDefinitions;
}

}  // namespace

Definition find_shadowed(uint32_t function, const char* name, uint64_t caller) {
  const uint64_t key = caller >> 12 << 5 | function;
  const uint32_t now = generation.load();
  const uint64_t stamp = now & 0xfff;
  std::atomic<uint64_t>& answer = answers[key * 0x9e3779b97f4a7c15 >> 52];
  const uint64_t kept = answer.load(std::memory_order_acquire);
  if (kept >> 24 == key && (kept & 0xfff) == stamp) {
    void* const address = definitions[kept >> 12 & 0xfff].load();
    if (address != nullptr && generation.load() == now) return {address, false};
  }
  const bool may_keep = unloading.load() == 0;
  const Definition found = find_shadowed(name, caller);
  if (found.address == nullptr || found.is_everyones || !may_keep) return found;
  const uint64_t number = number_of(found.address);
  if (number == kDefinitions) return found;
  answer.store(key << 24 | number << 12 | stamp, std::memory_order_release);
  if (generation.load() != now) answer.store(0, std::memory_order_release);
  return found;
}

Unloading::Unloading() {
  unloading.fetch_add(1);
  const uint32_t now = generation.fetch_add(1) + 1;
  if (has_definitions.exchange(false)) {
    for (auto& definition : definitions) definition.store(nullptr, std::memory_order_release);
  }
  if ((now & 0xfff) != 0) return;
  for (auto& answer : answers) answer.store(0, std::memory_order_release);
}

Unloading::~Unloading() { unloading.fetch_sub(1); }

}  // namespace prof::agent
