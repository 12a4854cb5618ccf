// What every event kind implements: one file, one row of spool/kinds.h.
#pragma once

#include <cstdint>

#include "libprof/spool/kinds.h"

namespace prof::agent {

// All are called from threads, never from handlers or hooks but where said; none blocks, but for init and, in
// start and stop, another thread that is in sigaction for SIGPROF. Null where there is nothing to do.
struct Engine {
  void (*init)();   // once, in the constructor: resolve what is hooked
  void (*start)();  // state->periods and the writer are set; the kind's bit is set after
  void (*stop)();   // the kind's bit is clear; from _exit, in signal handlers too
  void (*thread_start)(uint32_t tid, bool is_self);  // a thread that began (is_self), or one that was found
  void (*thread_end)();
  void (*settle)();  // before an exec, which may fail, in signal handlers too: what is known of every thread
  void (*forked)();  // in a fork's child, before start: forget what belonged to the parent
};

#define PROF_ENGINE_DECLARE(id, ...) extern const Engine id##_engine;
PROF_KINDS(PROF_ENGINE_DECLARE)
#undef PROF_ENGINE_DECLARE

inline constexpr const Engine* kEngines[] = {
#define PROF_ENGINE_ROW(id, ...) &id##_engine,
    PROF_KINDS(PROF_ENGINE_ROW)
#undef PROF_ENGINE_ROW
};

}  // namespace prof::agent
