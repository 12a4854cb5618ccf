// The frames of one process as places in files.
#pragma once

#include <unordered_map>
#include <vector>

#include "libprof/record/process_record.h"
#include "libprof/record/symbol_book.h"

namespace prof::record {

// What makes profiles leaves our own frames out: the hooks' on the way to an allocation or a lock, the
// thread's trampoline. CPU time spent in the agent itself stays visible as a leaf.
class Places {
 public:
  Places(const ProcessRecord& process, SymbolBook& book) : process_(process), book_(book) {}

  // Sets `places` to the stack's, leaf first.
  void of(const Stack& stack, Kind kind, std::vector<Place>& places);

 private:
  Place find(uint64_t address, uint32_t epoch);

  const ProcessRecord& process_;
  SymbolBook& book_;
  std::unordered_map<uint32_t, std::unordered_map<uint64_t, Place>> known_;  // by epoch, then address
};

}  // namespace prof::record
