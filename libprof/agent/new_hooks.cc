// Every operator new and delete, in front of the next ones, by their linker names: the agent has no C++
// runtime. The usual next one (libstdc++) calls malloc, whose hook counts the block; allocators that bring
// their own operators (tcmalloc, jemalloc) are counted here. Which of the two it was shows in
// ThreadState::allocations, so that no state has to be undone when bad_alloc passes through.
//
// The next ones are found by the constructor, or a first call before it. In a program without C++ they are
// those of the libraries that it opens (operators.h); where these have several, the next one depends on the
// caller, and is found at calls.
//
// Called from: anywhere the target allocates. What the next ones do, and no blocking besides.
#include <malloc.h>
#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <type_traits>

#include "libprof/agent/heap.h"
#include "libprof/agent/module_info.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/next.h"
#include "libprof/agent/operators.h"
#include "libprof/agent/scope_cache.h"
#include "libprof/agent/search_gate.h"

namespace prof::agent {
namespace {

// X(linker name, parameters, arguments)
#define PROF_NEWS(X)                                                                      \
  X(_Znwm, (size_t size), (size))                                                         \
  X(_Znam, (size_t size), (size))                                                         \
  X(_ZnwmRKSt9nothrow_t, (size_t size, const void* tag), (size, tag))                     \
  X(_ZnamRKSt9nothrow_t, (size_t size, const void* tag), (size, tag))                     \
  X(_ZnwmSt11align_val_t, (size_t size, size_t alignment), (size, alignment))             \
  X(_ZnamSt11align_val_t, (size_t size, size_t alignment), (size, alignment))             \
  X(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void* tag), \
    (size, alignment, tag))                                                               \
  X(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void* tag), \
    (size, alignment, tag))

#define PROF_DELETES(X)                                                                             \
  X(_ZdlPv, (void* block), (block))                                                                 \
  X(_ZdaPv, (void* block), (block))                                                                 \
  X(_ZdlPvm, (void* block, size_t size), (block, size))                                             \
  X(_ZdaPvm, (void* block, size_t size), (block, size))                                             \
  X(_ZdlPvRKSt9nothrow_t, (void* block, const void* tag), (block, tag))                             \
  X(_ZdaPvRKSt9nothrow_t, (void* block, const void* tag), (block, tag))                             \
  X(_ZdlPvSt11align_val_t, (void* block, size_t alignment), (block, alignment))                     \
  X(_ZdaPvSt11align_val_t, (void* block, size_t alignment), (block, alignment))                     \
  X(_ZdlPvmSt11align_val_t, (void* block, size_t size, size_t alignment), (block, size, alignment)) \
  X(_ZdaPvmSt11align_val_t, (void* block, size_t size, size_t alignment), (block, size, alignment)) \
  X(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void* block, size_t alignment, const void* tag),          \
    (block, alignment, tag))                                                                        \
  X(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void* block, size_t alignment, const void* tag),          \
    (block, alignment, tag))

enum class Operator : uint32_t {
#define PROF_NAME(name, parameters, arguments) name,
  PROF_NEWS(PROF_NAME) PROF_DELETES(PROF_NAME)
#undef PROF_NAME
};

struct Operators {
#define PROF_FIELD_NEW(name, parameters, arguments) std::atomic<void*(*)parameters> name;
#define PROF_FIELD_DELETE(name, parameters, arguments) std::atomic<void(*) parameters> name;
  PROF_NEWS(PROF_FIELD_NEW)
  PROF_DELETES(PROF_FIELD_DELETE)
#undef PROF_FIELD_NEW
#undef PROF_FIELD_DELETE
};

constexpr const char* kNames[] = {
#define PROF_TEXT(name, parameters, arguments) #name,
    PROF_NEWS(PROF_TEXT) PROF_DELETES(PROF_TEXT)
#undef PROF_TEXT
};
constexpr uint32_t kCount = sizeof kNames / sizeof kNames[0];

// Those that every caller has. Writers: the constructor and first calls before it, always with the same
// values; in a program without C++, `settling`.
Operators next;

// Whether the program has no C++ of its own. Writer: the constructor.
std::atomic<bool> is_without = false;
// Changes of what is loaded that are under way, and those that ever began. Sequentially consistent.
std::atomic<int> changing = 0;
std::atomic<uint32_t> changes = 0;
// Held to write `next` by them, within a Search: a fork's child finds it free.
std::atomic<bool> settling = false;

// `addresses`: by Operator; none is everyone's where it is null.
void set_next(void* const* addresses) {
  uint32_t i = 0;
#define PROF_SET(name, parameters, arguments)                                                        \
  next.name.store(                                                                                   \
      addresses == nullptr ? nullptr : reinterpret_cast<decltype(next.name.load())>(addresses[i++]), \
      std::memory_order_release);
  PROF_NEWS(PROF_SET)
  PROF_DELETES(PROF_SET)
#undef PROF_SET
}

template <typename Action>
void settle(Action action) {
  while (settling.exchange(true)) ::sched_yield();
  action();
  settling.store(false);
}

void begin_change() {
  const Search search;
  settle([] {
    changing.fetch_add(1);
    changes.fetch_add(1);
    if (is_without.load()) set_next(nullptr);
  });
}

// All or none: one operator calls another by a jump, whose caller is not seen then.
void end_change() {
  changing.fetch_sub(1);
  if (!is_without.load()) return;
  const uint32_t before = changes.load();
  void* found[kCount];
  if (changing.load() != 0 || !find_only(kNames, found, kCount)) return;
  const Search search;
  settle([&] {
    if (changes.load() == before && changing.load() == 0) set_next(found);
  });
}

// Where no object defines the operator: who calls it has asked for it by a weak reference.
void* allocate(size_t size) { return ::malloc(size); }
void* allocate(size_t size, const void*) { return ::malloc(size); }
void* allocate(size_t size, size_t alignment) { return ::memalign(alignment, size); }
void* allocate(size_t size, size_t alignment, const void*) { return ::memalign(alignment, size); }
template <typename... Rest>
void release(void* block, Rest...) {
  ::free(block);
}

// Called from: hooks. As find_shadowed.
template <typename Function>
[[gnu::noinline]] Function* find_next_operator(std::atomic<Function*>& everyones, Operator which,
                                               const char* name, void* caller,
                                               std::type_identity_t<Function>* otherwise) {
  // The return address less one is in the call, which may be the last instruction of its page. One in here is
  // another hook's: libstdc++'s new[] jumps to new.
  auto pc = reinterpret_cast<uint64_t>(caller) - 1;
  if (is_own_code(pc)) pc = thread_state.operator_caller;
  thread_state.operator_caller = pc;
  const Definition found = find_shadowed(static_cast<uint32_t>(which), name, pc);
  if (found.address == nullptr) return otherwise;
  auto* const function = reinterpret_cast<Function*>(found.address);
  if (found.is_everyones) everyones.store(function, std::memory_order_release);
  return function;
}

// The next one for this caller, or else `otherwise`.
template <typename Function>
[[gnu::always_inline]] inline Function* next_operator(std::atomic<Function*>& everyones, Operator which,
                                                      const char* name, void* caller,
                                                      std::type_identity_t<Function>* otherwise) {
  auto* const known = everyones.load(std::memory_order_acquire);
  if (__builtin_expect(known != nullptr, 1)) return known;
  return find_next_operator(everyones, which, name, caller, otherwise);
}

}  // namespace

void init_new_hooks() {
  mark_first_objects();
  if (!find_shadowed("_Znwm", 0).is_everyones) return is_without.store(true);
    // At once where the program has C++: a fork's child may find the loader's lock held by a thread that is
    // no more.
#define PROF_FIND(name, parameters, arguments) \
  find_next_operator(next.name, Operator::name, #name, nullptr, nullptr);
  PROF_NEWS(PROF_FIND)
  PROF_DELETES(PROF_FIND)
#undef PROF_FIND
}

ObjectsChange::ObjectsChange() { begin_change(); }
ObjectsChange::~ObjectsChange() { end_change(); }

void begin_objects_change() {
  if (thread_state.has_objects_change) return;
  thread_state.has_objects_change = true;
  begin_change();
}

void end_objects_change() {
  if (!thread_state.has_objects_change) return;
  thread_state.has_objects_change = false;
  end_change();
}

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

#define PROF_NEXT(name, otherwise) \
  next_operator(next.name, Operator::name, #name, __builtin_return_address(0), otherwise)

#define PROF_HOOK_NEW(name, parameters, arguments)                                            \
  extern "C" PROF_EXPORT void* name parameters {                                              \
    auto* const real = PROF_NEXT(name, allocate);                                             \
    if (!is_recording(Kind::k_heap)) return real arguments;                                   \
    const uint64_t before = thread_state.allocations;                                         \
    void* const block = real arguments;                                                       \
    if (block != nullptr && thread_state.allocations == before) note_allocation(block, size); \
    return block;                                                                             \
  }
PROF_NEWS(PROF_HOOK_NEW)

#define PROF_HOOK_DELETE(name, parameters, arguments) \
  extern "C" PROF_EXPORT void name parameters {       \
    auto* const real = PROF_NEXT(name, release);      \
    if (is_recording(Kind::k_heap)) note_free(block); \
    real arguments;                                   \
  }
PROF_DELETES(PROF_HOOK_DELETE)
