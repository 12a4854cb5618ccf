// perf.data to a Profile: what `perf report` would count, as samples with stacks.
//
// Each event makes two sample types, how often it was sampled and how much it was (its period): "samples" and
// the event's name where there is one event ("cpu" in nanoseconds for perf's clocks, as in our own profiles),
// else "samples:NAME" and "NAME". Labels: thread and tid; with several processes process and pid. Locations
// have addresses and mappings with build ids, no functions: libprof/symbols adds them. Stacks are those the
// kernel walked (--call-graph fp), those of the processor's branch records (lbr), or are unwound here from
// the captured registers and stacks (dwarf), for which the recorded programs must be on this machine.
// Memory: kMemoryMultiple (profile/codec.h) times the size of the unpacked records, besides those programs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/perf/data_file.h"
#include "libprof/profile/profile.h"

namespace prof::perf {

struct Options {
  std::string name = "perf.data";  // for messages
  // Of packed records: past which the input is refused; 0: kMaxRatio times its size, at least kMinLimit, as
  // for profile.proto (profile/codec.h).
  uint64_t max_unpacked = 0;
  bool unwinds = true;  // false: opens no file of those that are named in the input
};

// `streams`: records alone, that belong to it (directory.h).
Result<Profile> read_perf_data(std::string_view bytes, const Options& options = {},
                               std::span<const std::string_view> streams = {});

}  // namespace prof::perf
