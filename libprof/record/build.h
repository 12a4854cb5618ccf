// From what processes recorded to Profiles: one a kind, all processes together, symbolised.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/record/process_record.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::record {

// Code of a module for which only the unwind table, or nothing, told a function.
struct NamelessCode {
  std::string module;   // path; "" for code outside all modules
  uint64_t frames = 0;  // of the samples' stacks, counted once a stack
};

// A program that a recorded process started, and that was not recorded.
struct Unprofiled {
  std::string path;
  std::string reason;
  uint64_t times = 0;
};

struct KindProfile {
  Kind kind = Kind::k_cpu;
  Profile profile;
  uint64_t events = 0;
  double total = 0;  // of the default sample type, in its unit
  uint64_t truncated_events = 0;
  uint64_t lost_weight = 0;
};

// The profiles of one process that has events, or time without.
struct ProcessProfiles {
  std::string name;  // of its program, without directories
  uint32_t pid = 0;
  uint64_t pid_namespace = 0;  // where that is a number of another PID namespace, which one
  std::vector<KindProfile> kinds;
};

struct BuildOptions {
  std::string command;              // as the profile's comments state it
  symbols::Progress progress;       // of reading symbols, which may take seconds
  bool per_process = false;         // make Profiles::by_process, too
  bool from_outside = false;        // by perf alone: no agent chose a tier
  std::string directory = {};       // of the spools, for the reasons why a process wrote none
  std::set<uint32_t> refused = {};  // processes whose agents said why they record nothing
};

struct Profiles {
  std::vector<KindProfile> kinds;           // those asked for, in the table's order
  std::vector<ProcessProfiles> by_process;  // where asked
  std::vector<NamelessCode> nameless;       // most frames first
  uint64_t frames = 0;                      // all, counted as in NamelessCode
  CpuTier tier;                             // of all processes together
  uint64_t drops[spool::kDropCount] = {};
  uint64_t skipped_bytes = 0;
  uint64_t lost_children = 0;  // that recorded processes forked, and that could not be recorded
  // CPU time of the recorded processes from their exec to their end, as far as it is known, and at least what
  // was seen of each.
  double process_cpu_ns = 0;
  double cpu_seen_ns = 0;              // in the CPU profile
  double cpu_error_ns = 0;             // standard error of that, at most
  std::vector<Unprofiled> unprofiled;  // most often started first
  size_t refused = 0;                  // processes that a warning says why they were not recorded
  size_t processes = 0;
  Warnings warnings;
};

// `processes` may still be recording: the profiles hold what was recorded so far.
Profiles build_profiles(const std::deque<ProcessRecord>& processes, const BuildOptions& options);

}  // namespace prof::record
