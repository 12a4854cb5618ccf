// What a launcher asks for, in the environment variable spool::kConfigVariable.
#pragma once

#include <cstdint>

#include "libprof/agent/text.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

struct Config {
  Text<3072> directory;  // empty: stay idle
  Text<1024> tables;     // where unwind tables are kept from recording to recording; empty: nowhere
  uint32_t kinds = 1;    // bit 1 << Kind
  uint64_t watcher = 0;  // process that looks at this one from outside
  uint64_t periods[kKindCount];
  uint64_t ring_size = spool::kDefaultRingSize;
  uint64_t max_memory = spool::kDefaultMaxMemory;
  uint64_t seed = 0;      // of all sampling decisions; 0: drawn from the clock
  uint64_t only_pid = 0;  // not 0: children are not recorded

  Config();
  // The kinds whose engines run: the running threads of the wall kind are the cpu engine's.
  uint32_t engines() const {
    const bool is_wall = (kinds >> static_cast<int>(Kind::k_wall) & 1) != 0;
    return kinds | (is_wall ? 1u << static_cast<int>(Kind::k_cpu) : 0);
  }
};

// Called from: threads. Never blocks. Total: unknown keys and malformed values leave the defaults.
Config parse_config(const char* text);

}  // namespace prof::agent
