// Every operator new and delete, in front of the next ones, by their linker names: the agent has no C++
// runtime. The usual next one (libstdc++) calls malloc, whose hook counts the block; allocators that bring
// their own operators (tcmalloc, jemalloc) are counted here. Which of the two it was shows in
// ThreadState::allocations, so that no state has to be undone when bad_alloc passes through.
//
// The next ones are found by the constructor, or a first call before it. In a program without C++, libraries
// that it opens may each have operators of their own: there the next one depends on the caller, and is found
// at calls.
//
// Called from: anywhere the target allocates. What the next ones do, and no blocking besides.
#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <type_traits>

#include "libprof/agent/heap.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/next.h"
#include "libprof/agent/scope_cache.h"

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
#define PROF_FIELD_NEW(name, parameters, arguments) void*(*name)parameters;
#define PROF_FIELD_DELETE(name, parameters, arguments) void(*name) parameters;
  PROF_NEWS(PROF_FIELD_NEW)
  PROF_DELETES(PROF_FIELD_DELETE)
#undef PROF_FIELD_NEW
#undef PROF_FIELD_DELETE
};

// Those that every caller has. Writers: first calls, always with the same values.
Operators next;

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
[[gnu::noinline]] Function* find_next_operator(Function*& everyones, Operator which, const char* name,
                                               void* caller, std::type_identity_t<Function>* otherwise) {
  // The return address less one is in the call, which may be the last instruction of its page. One in here is
  // another hook's: libstdc++'s new[] jumps to new.
  auto pc = reinterpret_cast<uint64_t>(caller) - 1;
  if (is_own_code(pc)) pc = thread_state.operator_caller;
  thread_state.operator_caller = pc;
  const Definition found = find_shadowed(static_cast<uint32_t>(which), name, pc);
  if (found.address == nullptr) return otherwise;
  auto* const function = reinterpret_cast<Function*>(found.address);
  if (found.is_everyones) everyones = function;
  return function;
}

}  // namespace

void init_new_hooks() {
  mark_first_objects();
  if (!find_shadowed("_Znwm", 0).is_everyones) return;
    // At once where the program has C++: a fork's child may find the loader's lock held by a thread that is
    // no more.
#define PROF_FIND(name, parameters, arguments) \
  find_next_operator(next.name, Operator::name, #name, nullptr, nullptr);
  PROF_NEWS(PROF_FIND)
  PROF_DELETES(PROF_FIND)
#undef PROF_FIND
}

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

// The next one for this caller, or else `otherwise`.
#define PROF_NEXT(name, otherwise)          \
  __builtin_expect(next.name != nullptr, 1) \
      ? next.name                           \
      : find_next_operator(next.name, Operator::name, #name, __builtin_return_address(0), otherwise)

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
