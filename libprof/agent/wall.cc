// Wall-clock time: running threads are the cpu engine's, blocked ones are seen by the collector from outside.
// What is left to do in the target is to say when threads end (thread.cc says when they begin).
#include "libprof/agent/engine.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

// Called from: the thread, as the last of its engines; before an exec. Never blocks.
void thread_end() {
  if (is_recording(Kind::k_wall)) write_thread(current_tid(), spool::ThreadEvent::kEnded);
}

}  // namespace

const Engine wall_engine = {nullptr, nullptr, nullptr, nullptr, thread_end, thread_end, nullptr};

}  // namespace prof::agent
