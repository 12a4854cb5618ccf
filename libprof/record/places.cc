#include "libprof/record/places.h"

#include "libprof/record/wait_state.h"

namespace prof::record {

void Places::of(const Stack& stack, Kind kind, std::vector<Place>& places) {
  const bool runs = kind == Kind::k_cpu || stack.state == kRunning || stack.state == kRunnable;
  places.clear();
  for (size_t i = 0; i < stack.frames.size(); i++) {
    const bool exact = (i < 64 && (stack.exact >> i & 1) != 0) || (i == 0 && runs);
    const uint64_t pc = stack.frames[i];
    const Place place = find(exact || pc == 0 ? pc : pc - 1, stack.epoch);
    if (book_.files()[place.file].is_agent && !(i == 0 && runs)) continue;
    places.push_back(place);
  }
}

Place Places::find(uint64_t address, uint32_t epoch) {
  const auto [entry, is_new] = known_[epoch].try_emplace(address);
  if (is_new) {
    const LoadedModule* module = process_.modules().find(address, epoch);
    entry->second.file = book_.file(module, process_.pid);
    entry->second.address = module != nullptr ? address - module->module.bias : address;
  }
  return entry->second;
}

}  // namespace prof::record
