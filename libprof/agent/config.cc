#include "libprof/agent/config.h"

namespace prof::agent {
namespace {

constexpr uint64_t kMinRing = uint64_t{1} << 16;
constexpr uint64_t kMaxRing = uint64_t{1} << 32;

struct Part {
  const char* text;
  size_t size;

  bool is(const char* other) const {
    return std::strlen(other) == size && std::memcmp(text, other, size) == 0;
  }
};

// Cuts the part before `separator` off the front of [text, end).
Part cut(const char*& text, const char* end, char separator) {
  const auto* at = static_cast<const char*>(std::memchr(text, separator, static_cast<size_t>(end - text)));
  const char* const stop = at == nullptr ? end : at;
  const Part part = {text, static_cast<size_t>(stop - text)};
  text = at == nullptr ? end : at + 1;
  return part;
}

// The number, or `otherwise` where `part` is not one that is at least 1.
uint64_t number(const Part& part, uint64_t otherwise) {
  uint64_t value = 0;
  for (size_t i = 0; i < part.size; ++i) {
    const char c = part.text[i];
    if (c < '0' || c > '9' || value > UINT64_MAX / 16) return otherwise;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value == 0 ? otherwise : value;
}

uint64_t ring_size(uint64_t asked) {
  uint64_t size = kMinRing;
  while (size < asked && size < kMaxRing) size *= 2;
  return size;
}

uint32_t kind_bits(const Part& list) {
  uint32_t bits = 0;
  const char* at = list.text;
  const char* const end = list.text + list.size;
  while (at != end) {
    const Part name = cut(at, end, ',');
    for (int kind = 0; kind < kKindCount; ++kind) {
      if (name.is(kKinds[kind].name)) bits |= 1u << kind;
    }
  }
  return bits;
}

}  // namespace

Config::Config() {
  for (int kind = 0; kind < kKindCount; ++kind) periods[kind] = kKinds[kind].default_period;
}

Config parse_config(const char* text) {
  Config config;
  const char* const end = text + std::strlen(text);
  while (text != end) {
    const char* at = text;
    const Part item = cut(text, end, ';');
    const char* const item_end = item.text + item.size;
    const Part key = cut(at, item_end, '=');
    const Part value = {at, static_cast<size_t>(item_end - at)};
    if (key.is("dir")) config.directory.add(value.text, value.size);
    if (key.is("tables")) config.tables.add(value.text, value.size);
    if (key.is("kinds")) config.kinds = kind_bits(value);
    if (key.is("ring")) config.ring_size = ring_size(number(value, config.ring_size));
    if (key.is("memory")) config.max_memory = number(value, config.max_memory);
    if (key.is("seed")) config.seed = number(value, 0);
    if (key.is("watcher")) config.watcher = number(value, 0);
    if (key.is("pid")) config.only_pid = number(value, 0);
    for (int kind = 0; kind < kKindCount; ++kind) {
      if (key.is(kKinds[kind].name)) config.periods[kind] = number(value, config.periods[kind]);
    }
  }
  return config;
}

}  // namespace prof::agent
