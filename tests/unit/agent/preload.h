// Runs a program with the agent in it, without a collector, and reads the spools that it leaves.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libprof/spool/reader.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace prof::test {

struct Stack {
  spool::Event event;
  std::vector<uint64_t> frames;
};

struct Recorded {
  Outcome outcome;
  std::vector<Stack> events[kKindCount];
  std::set<std::string> modules;
  uint64_t frees = 0;
  uint64_t unloads = 0;
  uint64_t drops = 0;
  uint64_t perf_threads = 0;
  uint64_t perf_refused = 0;
  uint64_t perf_taken = 0;
  int spools = 0;
  int finished = 0;
  double cpu_seconds = 0;
};

inline void read_spool(const std::string& path, Recorded& recorded) {
  auto reader = spool::Reader::open(path);
  if (!reader) FAIL(reader.error().message());
  ++recorded.spools;
  recorded.finished += reader->header().state == static_cast<uint32_t>(spool::State::kFinished);
  recorded.cpu_seconds += 1e-9 * static_cast<double>(reader->header().cpu_time_ns);
  for (const auto& drop : reader->header().drops) recorded.drops += drop;
  recorded.perf_threads += reader->header().perf_threads;
  recorded.perf_refused += reader->header().perf_refused;
  recorded.perf_taken += reader->header().perf_taken;
  while (const auto record = reader->next(true)) {
    if (const auto* event = std::get_if<spool::EventRecord>(&*record)) {
      recorded.events[static_cast<int>(event->event.kind)].push_back(
          {event->event, {event->frames.begin(), event->frames.end()}});
    } else if (const auto* module = std::get_if<spool::ModuleRecord>(&*record)) {
      recorded.modules.insert(std::filesystem::path(module->path).filename());
    }
    recorded.frees += std::holds_alternative<spool::Free>(*record);
    recorded.unloads += std::holds_alternative<spool::Unload>(*record);
  }
  CHECK(reader->skipped_bytes() == 0);
}

inline const std::string kAll = "kinds=cpu,heap,mutex;cpu=2000000;heap=8192;mutex=1000";

// In a directory that may hold what earlier programs left.
inline Recorded preload_in(const std::string& directory, const std::vector<std::string>& argv,
                           const std::string& what) {
  Run options;
  options.env = {{"LD_PRELOAD", library("libprof.so")}, {"PROF_AGENT", "dir=" + directory + ";" + what}};
  Recorded recorded;
  recorded.outcome = run(argv, options);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == spool::kSuffix) {
      read_spool(entry.path(), recorded);
      std::filesystem::remove(entry.path());
    } else if (entry.path().extension() != spool::kTableSuffix) {
      FAIL_CHECK("left behind: " << entry.path());
    }
  }
  return recorded;
}

inline Recorded preload(const std::vector<std::string>& argv, const std::string& what = kAll) {
  const TempDir directory;
  return preload_in(directory.path(), argv, what);
}

inline size_t truncated(const std::vector<Stack>& events) {
  size_t count = 0;
  for (const auto& event : events) count += (event.event.flags & spool::kTruncated) != 0;
  return count;
}

inline uint64_t total_weight(const std::vector<Stack>& events) {
  uint64_t weight = 0;
  for (const auto& event : events) weight += event.event.weight;
  return weight;
}

}  // namespace prof::test
