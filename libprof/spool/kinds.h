// The event kinds: one row each, read by the agent (hooks), the collector (sample types, files) and `prof
// record -e`.
//
// Adding a kind is a row here, `libprof/agent/<id>.cc` with its engine, and a row of
// `libprof/record/weigh.cc` that says how a raw event becomes sample values. C-compatible data only: the
// agent has no C++ runtime.
#pragma once

#include <cstdint>

namespace prof {

struct SampleType {
  const char* type;
  const char* unit;
};

inline constexpr int kMaxSampleTypes = 4;

struct KindInfo {
  const char* name;        // as `-e` takes it
  const char* file;        // default output file
  const char* summary;     // one line of help
  SampleType period_type;  // of the profile's period
  uint64_t
      default_period;  // in the unit of period_type: nanoseconds of CPU time, bytes, nanoseconds of delay
  SampleType sample_types[kMaxSampleTypes];  // {nullptr, nullptr} after the last; the last one is the default
};

// X(id, ...KindInfo fields...): `id` names the enumerator kId and the agent's engine
// `prof::agent::id_engine`. CPU: 100 Hz asks for 10 ms of CPU time a sample. Heap: 512 KiB, Go's default.
// Mutex: waits of 10 us and more are all recorded, shorter ones with probability wait / 10 us.
// Wall: the agent records a running thread by its cpu events alone; blocked threads are seen by the
// collector, from outside, so that no event of this kind is in a spool.
#define PROF_KINDS(X)                                                                                 \
  X(cpu, "cpu", "cpu.prof", "CPU time, per-thread timers", {"cpu", "nanoseconds"}, 10'000'000,        \
    {{"samples", "count"}, {"cpu", "nanoseconds"}})                                                   \
  X(heap, "heap", "heap.prof", "memory allocated and in use, sampled by bytes", {"space", "bytes"},   \
    512 * 1024,                                                                                       \
    {{"alloc_objects", "count"},                                                                      \
     {"alloc_space", "bytes"},                                                                        \
     {"inuse_objects", "count"},                                                                      \
     {"inuse_space", "bytes"}})                                                                       \
  X(mutex, "mutex", "mutex.prof", "time spent waiting for mutexes and readers-writer locks",          \
    {"contentions", "nanoseconds"}, 10'000, {{"contentions", "count"}, {"delay", "nanoseconds"}})     \
  X(wall, "wall", "wall.prof", "wall-clock time of threads, on and off CPU", {"wall", "nanoseconds"}, \
    10'000'000, {{"samples", "count"}, {"wall", "nanoseconds"}})

enum class Kind : uint8_t {
#define PROF_KIND_ENUM(id, ...) k_##id,
  PROF_KINDS(PROF_KIND_ENUM)
#undef PROF_KIND_ENUM
};

inline constexpr KindInfo kKinds[] = {
#define PROF_KIND_ROW(id, ...) {__VA_ARGS__},
    PROF_KINDS(PROF_KIND_ROW)
#undef PROF_KIND_ROW
};

inline constexpr int kKindCount = sizeof kKinds / sizeof kKinds[0];

}  // namespace prof
