#include "libprof/agent/thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "libprof/agent/clock.h"
#include "libprof/agent/engine.h"
#include "libprof/agent/labels.h"
#include "libprof/agent/module_info.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/next.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/state.h"
#include "libprof/agent/text.h"

namespace prof::agent {

constinit thread_local ThreadState thread_state = {};
constinit SharedRandom shared_random;

namespace {

using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
Create* next_create = nullptr;
// Written with the same value by whoever calls first.
using ThrdCreate = int(pthread_t*, void* (*)(void*), void*);
ThrdCreate* next_thrd_create = nullptr;
pthread_key_t end_key;
bool has_end_key = false;

struct Start {
  void* (*routine)(void*);
  void* argument;
  StackRange stack;  // {0, size} where pthread_create maps it
  uint32_t labels;
};

// From a thread to the one that it makes. Not by malloc: the new thread's first call of the allocator, be it
// a free, gives it an arena (64 MiB of addresses), which it may never need. Written by whoever took the slot.
constexpr uint32_t kStarts = 256;
struct StartSlot {
  std::atomic<bool> is_taken;
  Start start;
};
constinit StartSlot start_slots[kStarts] = {};
// Where to look next. A stale value costs a look at a taken slot.
std::atomic<uint32_t> next_start = 0;

// Called from: threads. Never blocks. Null where more threads than slots are on their way.
StartSlot* take_start() {
  for (uint32_t i = 0; i < kStarts; ++i) {
    StartSlot& slot = start_slots[next_start.fetch_add(1, std::memory_order_relaxed) % kStarts];
    if (!slot.is_taken.exchange(true, std::memory_order_acquire)) return &slot;
  }
  return nullptr;
}
void give_back(StartSlot* slot) { slot->is_taken.store(false, std::memory_order_release); }

// Writers: the first thread to begin, which takes `has_base` from 0 to 1 and then to 2.
ThreadBase base = {};
std::atomic<int> has_base = 0;

// Called from: a thread that begins. Never blocks. glibc keeps the thread's own block at the top of its
// stack, less than a page of it, and maps the stack down from there; pthread_getattr_np, which would tell,
// allocates.
void learn_own_stack(const StackRange& given) {
  const auto self = static_cast<uint64_t>(::pthread_self());
  if (given.low != 0) {
    thread_state.stack = {given.low, given.holds(self) ? self : given.high};
  } else if (given.high != 0) {
    thread_state.stack = {self + kPageSize - given.high, self};
  }
}

// Called from: the end of a thread, as one of its destructors, after which it runs no code of the target's
// but other destructors. Never blocks. Twice: a first round lets the target's own destructors be recorded
// too.
void end_thread(void* round) {
  if (round == &end_key) {
    ::pthread_setspecific(end_key, &has_end_key);
    return;
  }
  thread_state.is_ending = true;
  for (const Engine* engine : kEngines) {
    if (engine->thread_end != nullptr) engine->thread_end();
  }
  char name[16] = {};
  ::prctl(PR_GET_NAME, name);
  if (is_recording_anything() && std::memcmp(name, thread_state.name, sizeof name) != 0) {
    write_thread(current_tid(), spool::ThreadEvent::kNamed);
  }
}

// Called from: a thread that begins. Never blocks.
void learn_base() {
  int none = 0;
  if (!has_base.compare_exchange_strong(none, 1)) return;
  uint64_t frames[8];
  const Unwound stack = unwind({module_list(), registers_here(), false, thread_state.stack, {}}, frames, 8);
  for (uint32_t i = 0; i < stack.count && stack.whole; ++i) {
    if (!is_own_code(frames[i] - 1) && base.count < 4) base.frames[base.count++] = frames[i];
  }
  has_base.store(2, std::memory_order_release);
}

// Writer: start, before any thread draws; constant while recording.
uint64_t fixed_seed = 0;
// Writers: each thread, once. Only its being different for each thread matters.
std::atomic<uint64_t> threads_seeded = 0;

// Another one for each thread that asks. Called from: threads. Never blocks.
uint64_t new_seed() {
  if (fixed_seed != 0) return fixed_seed + threads_seeded.fetch_add(1, std::memory_order_relaxed);
  return static_cast<uint64_t>(now_ns(CLOCK_MONOTONIC)) ^ uint64_t { current_tid() } << 40 ^
         reinterpret_cast<uint64_t>(&thread_state);
}

// Ends in a jump (the agent is always compiled with optimisation), so that no frame of ours is below the
// thread's.
void* thread_main(void* data) {
  auto* const slot = static_cast<StartSlot*>(data);
  const Start start = slot->start;
  give_back(slot);
  const int saved = errno;
  begin_thread(reinterpret_cast<uint64_t>(start.routine), start.labels, start.stack);
  errno = saved;
  return start.routine(start.argument);
}

}  // namespace

StackRange stack_for(const pthread_attr_t* attributes) {
  pthread_attr_t standard;
  if (attributes == nullptr && ::pthread_getattr_default_np(&standard) != 0) return {};
  void* low = nullptr;
  size_t size = 0;
  const pthread_attr_t* const asked = attributes != nullptr ? attributes : &standard;
  if (::pthread_attr_getstack(asked, &low, &size) != 0) low = nullptr;
  if (low == nullptr && ::pthread_attr_getstacksize(asked, &size) != 0) size = 0;
  if (attributes == nullptr) ::pthread_attr_destroy(&standard);
  // Of attributes without a stack glibc subtracts the size from an end of 0.
  const auto start = reinterpret_cast<uint64_t>(low);
  return start + size == 0 ? StackRange{0, size} : StackRange{start, start + size};
}

void begin_thread(uint64_t routine, uint32_t labels, const StackRange& stack) {
  thread_state.routine = routine;
  thread_state.labels = labels;
  learn_own_stack(stack);
  if (has_end_key) ::pthread_setspecific(end_key, &end_key);
  if (!is_recording_anything()) return;
  learn_base();
  write_thread(current_tid(), spool::ThreadEvent::kBegan);
  for (const Engine* engine : kEngines) {
    if (engine->thread_start != nullptr) engine->thread_start(current_tid(), true);
  }
}

uint32_t current_tid() {
  if (thread_state.tid == 0) thread_state.tid = static_cast<uint32_t>(::syscall(SYS_gettid));
  return thread_state.tid;
}

Random& thread_random() {
  if (!thread_state.is_seeded) {
    thread_state.random = Random(Random(new_seed()).next());
    thread_state.is_seeded = true;
  }
  return thread_state.random;
}

void seed_threads(uint64_t seed) {
  fixed_seed = seed;
  thread_state.is_seeded = false;
  shared_random.seed(Random(new_seed()).next());
}

void threads_forked() {
  thread_state.tid = 0;
  seed_threads(fixed_seed);
}

void init_threads() {
  next_create = find_next<Create>("pthread_create");
  has_end_key = ::pthread_key_create(&end_key, end_thread) == 0;
}

const ThreadBase& thread_base() {
  static const ThreadBase kNone = {};
  return has_base.load(std::memory_order_acquire) == 2 ? base : kNone;
}

void write_thread(uint32_t tid, spool::ThreadEvent event) {
  spool::Thread thread = {};
  thread.time_ns = now_ns(CLOCK_MONOTONIC);
  thread.tid = tid;
  thread.event = event;
  if (tid == current_tid()) {
    thread.labels_at = reinterpret_cast<uint64_t>(&thread_state.labels);
    thread.routine = thread_state.routine;
    ::prctl(PR_GET_NAME, thread.name);
    std::memcpy(thread_state.name, thread.name, sizeof thread_state.name);
  } else {
    Text<64> path;
    path.add("/proc/self/task/").add(uint64_t{tid}).add("/comm");
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    const ssize_t size = ::read(fd, thread.name, sizeof thread.name - 1);
    ::close(fd);
    if (size <= 0) return;
    thread.name[size - 1] = '\0';  // its newline
  }
  if (!state->writer.write(spool::RecordType::kThread, thread))
    state->writer.count_drop(spool::Drop::ring_full);
}

}  // namespace prof::agent

namespace prof::agent {
namespace {

// `create` is the real call, for a thread that begins in the routine and with the argument that it is given.
// Called from: threads. Blocks where that does.
template <typename RealCreate>
int create_known(Start start, RealCreate create) {
  refresh_modules_if_stale();
  StartSlot* const slot = take_start();
  if (slot == nullptr) return create(start.routine, start.argument);
  slot->start = start;
  const int code = create(thread_main, slot);
  if (code != 0) give_back(slot);
  return code;
}

}  // namespace
}  // namespace prof::agent

// Called from: threads. Block where the real ones do. Same results, same attributes.
extern "C" {

PROF_EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                               void* argument) {
  using namespace prof::agent;
  if (next_create == nullptr) next_create = find_next<Create>("pthread_create");
  return create_known(
      {routine, argument, stack_for(attributes), labels_to_inherit()},
      [=](void* (*first)(void*), void* given) { return next_create(thread, attributes, first, given); });
}

// C11's, whose thrd_t is a pthread_t. Its routine returns an int, which libc looks for where it is in what
// thread_main passes on; so it is declared as one that returns a pointer.
PROF_EXPORT int thrd_create(pthread_t* thread, void* (*routine)(void*), void* argument) {
  using namespace prof::agent;
  if (next_thrd_create == nullptr) next_thrd_create = find_next<ThrdCreate>("thrd_create");
  return create_known(
      {routine, argument, stack_for(nullptr), labels_to_inherit()},
      [=](void* (*first)(void*), void* given) { return next_thrd_create(thread, first, given); });
}

}  // extern "C"
