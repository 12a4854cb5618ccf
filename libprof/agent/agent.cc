#include "libprof/agent/agent.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "libprof/agent/clock.h"
#include "libprof/agent/engine.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/own_process.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/search_gate.h"
#include "libprof/agent/shared_tables.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/split_stacks.h"
#include "libprof/agent/spool_file.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"
#include "libprof/agent/uncancellable.h"

namespace prof::agent {

namespace {
State idle_state = {};
}
State* state = &idle_state;
BufferPool buffers;

namespace {

// All belong to the thread that starts, stops, forks or ends the process.
Config* config = nullptr;  // of the recording that is on, kept for children
bool launched = false;
bool is_sandboxed = false;  // from then on nothing starts, in its children neither

bool is_ready() { return state != &idle_state && config != nullptr; }

// The agent's own code and data, first byte and past the last.
extern "C" [[gnu::visibility("hidden")]] const char __ehdr_start[], _end[];

// What needs memory: without it the agent stays idle.
void allocate() {
  budget.take(static_cast<size_t>(_end - __ehdr_start));
  void* const page = map_pages(kPageSize);
  void* const kept = map_pages(sizeof(Config));
  if (page == nullptr || kept == nullptr || ::madvise(page, kPageSize, MADV_WIPEONFORK) != 0) return;
  config = new (kept) Config;
  state = new (page) State{};
}

// A process that may not map much needs most of that itself.
void limit_memory(Config& asked) {
  rlimit space = {};
  const bool is_limited = ::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY;
  if (is_limited) asked.max_memory = std::min<uint64_t>(asked.max_memory, space.rlim_cur / 4);
  asked.ring_size = std::min(asked.ring_size, spool::largest_ring(asked.max_memory));
  budget.set_limit(asked.max_memory);
}

bool allocate_buffers() {
  if (!buffers.is_empty()) return true;
  const uint64_t share = budget.limit() / 16 / sizeof(BufferPool::Buffer);
  const int count = static_cast<int>(std::clamp<uint64_t>(share, 1, BufferPool::kBuffers));
  void* const pool = map_pages(sizeof(BufferPool::Buffer) * static_cast<size_t>(count));
  if (pool != nullptr) buffers.use(static_cast<BufferPool::Buffer*>(pool), count);
  return pool != nullptr;
}

template <typename Visit>
void for_each_engine(uint32_t kinds, Visit visit) {
  for (int kind = 0; kind < kKindCount; ++kind) {
    if ((kinds >> kind & 1) != 0) visit(*kEngines[kind]);
  }
}

void meet_thread(uint32_t tid) {
  write_thread(tid, spool::ThreadEvent::kBegan);
  for_each_engine(config->engines(), [tid](const Engine& engine) {
    if (engine.thread_start != nullptr) engine.thread_start(tid, false);
  });
}

bool start(bool forked, Text<256>& error) {
  spool::Header* const header = create_spool(*config, error);
  if (header == nullptr) return false;
  for (int kind = 0; kind < kKindCount; ++kind) state->periods[kind] = config->periods[kind];
  state->writer = spool::Writer(header, config->ring_size);
  state->is_open.store(true, std::memory_order_release);
  write_all_modules(forked);
  // Where Yama lets only ancestors look into a process: a daemon's recorder is none. Elsewhere refused, and
  // not needed.
  if (config->watcher != 0) ::prctl(PR_SET_PTRACER, config->watcher);
  for_each_engine(config->engines(), [](const Engine& engine) {
    if (engine.start != nullptr) engine.start();
  });
  state->recording.store(config->engines(), std::memory_order_release);
  for_each_thread(meet_thread);
  return true;
}

// Signals wait until the child has its own timers, or the parent is past the fork.
void before_fork() {
  const SignalMask before = change_signal_mask(SIG_SETMASK, ~SignalMask{0});
  thread_state.mask_before_fork = before;
  hold_searches();
}

void after_fork_in_parent() {
  resume_searches();
  change_signal_mask(SIG_SETMASK, thread_state.mask_before_fork);
}

// The state page is wiped; nothing of the parent's is recorded any more. The parent's spool stays mapped, as
// the child of a child of ours may be born in a hook, and goes with the exec or the exit.
void after_fork_in_child() {
  const Uncancellable uncancellable;
  const SignalMask mask = thread_state.mask_before_fork;
  const int saved = errno;
  forget_searches();
  if (config != nullptr && config->directory.length() != 0) {
    threads_forked();
    buffers.reset();
    for (const Engine* engine : kEngines) {
      if (engine->forked != nullptr) engine->forked();
    }
    Text<256> error;
    if (follows_children()) start(true, error);
  }
  errno = saved;
  change_signal_mask(SIG_SETMASK, mask);
}

// libc is loaded already: this looks its handle up, and leaves it as it was. Takes the loader's lock.
void find_clock() {
  void* const libc = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  if (libc == nullptr) return;
  if (void* const found = ::dlsym(libc, "clock_gettime")) {
    libc_clock = reinterpret_cast<decltype(libc_clock)>(found);
  }
  ::dlclose(libc);
}

[[gnu::constructor]] void begin() {
  const Uncancellable uncancellable;  // of whoever opens us by dlopen
  const int saved = errno;
  find_clock();
  init_unwind();
  allocate();
  for (const Engine* engine : kEngines) {
    if (engine->init != nullptr) engine->init();
  }
  init_threads();
  thread_state.stack = first_stack();
  ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  ::at_quick_exit(stop_recording);
  if (const char* text = ::secure_getenv(spool::kConfigVariable)) {
    const Config asked = parse_config(text);
    const bool is_meant = asked.only_pid == 0 || asked.only_pid == static_cast<uint64_t>(::getpid());
    launched = asked.directory.length() != 0 && is_meant;
    Text<256> error;
    if (launched) {
      share_tables_in(asked.directory.c_str(), asked.tables.is_cut() ? "" : asked.tables.c_str());
      start_recording(asked, error);
    }
  }
  errno = saved;
}

[[gnu::destructor]] void end() { stop_recording(); }

}  // namespace

bool start_recording(const Config& asked, Text<256>& error) {
  if (!is_ready()) {
    error.add("cannot start recording: no memory");
    return false;
  }
  if (program_splits_stacks()) {
    error.add("its stacks are split (-fsplit-stack), and have no room for a signal");
    leave_note(asked, error.c_str());
    return false;
  }
  *config = asked;
  limit_memory(*config);
  if (!allocate_buffers()) {
    error.add("cannot start recording: no memory");
    leave_note(*config, error.c_str());
    return false;
  }
  seed_threads(asked.seed);
  if (!start(false, error)) return false;
  hide_blocking();
  return true;
}

void stop_recording() {
  if (!state->is_open.load(std::memory_order_acquire)) return;
  const Uncancellable uncancellable;
  state->recording.store(0, std::memory_order_release);
  for_each_engine(config->engines(), [](const Engine& engine) {
    if (engine.stop != nullptr) engine.stop();
  });
  // Samples under way on other threads end in microseconds; a thread that is suspended must not hold us.
  for (int i = 0; i < 100 && !buffers.idle(); ++i) {
    const timespec pause = {0, 100'000};
    ::nanosleep(&pause, nullptr);
  }
  for_each_thread([](uint32_t tid) { write_thread(tid, spool::ThreadEvent::kNamed); });
  write_missing_modules();
  state->is_open.store(false, std::memory_order_release);
  finish_spool(state->writer.header());
}

namespace {

// In a child of vfork or of a bare clone it is the parent's.
bool is_own() {
  return state->is_open.load(std::memory_order_acquire) &&
         state->writer.header()->pid == static_cast<uint32_t>(::getpid());
}

}  // namespace

void leave_recording() {
  if (!is_own()) return;
  state->recording.store(0, std::memory_order_release);
  for_each_engine(config->engines(), [](const Engine& engine) {
    if (engine.stop != nullptr) engine.stop();
  });
  finish_spool(state->writer.header());
}

void settle_recording() {
  if (!is_own()) return;
  for_each_engine(config->engines(), [](const Engine& engine) {
    if (engine.settle != nullptr) engine.settle();
  });
}

void resume_recording() {
  if (is_own() && is_recording(Kind::k_wall)) write_thread(current_tid(), spool::ThreadEvent::kBegan);
}

bool is_launched() { return launched; }
bool is_shut_in() { return is_sandboxed; }
bool follows_children() { return launched && !is_sandboxed && config->only_pid == 0; }

void enter_sandbox(const char* note) {
  if (!is_own()) return;
  const Uncancellable uncancellable;
  leave_note(*config, note);
  stop_recording();
  is_sandboxed = true;
}

spool::Header* current_spool() {
  return state->is_open.load(std::memory_order_acquire) ? state->writer.header() : nullptr;
}

}  // namespace prof::agent
