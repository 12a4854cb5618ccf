// Every operator new and delete, in front of the next ones, by their linker names: the agent has no C++
// runtime. The usual next one (libstdc++) calls malloc, whose hook counts the block; allocators that bring
// their own operators (tcmalloc, jemalloc) are counted here. Which of the two it was shows in
// ThreadState::allocations, so that no state has to be undone when bad_alloc passes through.
//
// Called from: anywhere the target allocates. What the next ones do, and no blocking besides.
#include <cstddef>

#include "libprof/agent/heap.h"
#include "libprof/agent/next.h"

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

struct Operators {
#define PROF_FIELD_NEW(name, parameters, arguments) void*(*name)parameters;
#define PROF_FIELD_DELETE(name, parameters, arguments) void(*name) parameters;
  PROF_NEWS(PROF_FIELD_NEW)
  PROF_DELETES(PROF_FIELD_DELETE)
#undef PROF_FIELD_NEW
#undef PROF_FIELD_DELETE
};

// Written by the constructor and, where the C++ runtime was loaded later, by the first call of a hook: always
// with the same values.
Operators next;

// In the C++ runtime behind us, or in one that was loaded privately.
void* find_operator(const char* name) {
  if (void* const found = ::dlsym(RTLD_NEXT, name)) return found;
  void* const runtime = ::dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void* const found = runtime == nullptr ? nullptr : ::dlsym(runtime, name);
  if (runtime != nullptr) ::dlclose(runtime);
  if (found == nullptr) __builtin_trap();  // an operator was called that nothing loaded defines
  return found;
}

}  // namespace

void init_new_hooks() {
  // In a program without C++ the first look-up says it all.
  if (::dlsym(RTLD_NEXT, "_Znwm") != nullptr) {
#define PROF_FIND(name, parameters, arguments) \
  next.name = reinterpret_cast<decltype(next.name)>(::dlsym(RTLD_NEXT, #name));
    PROF_NEWS(PROF_FIND)
    PROF_DELETES(PROF_FIND)
#undef PROF_FIND
  }
  ::dlerror();  // the target's first dlerror() must not report our look-ups
}

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

#define PROF_RESOLVE(name)                                                   \
  if (__builtin_expect(next.name == nullptr, 0)) {                           \
    next.name = reinterpret_cast<decltype(next.name)>(find_operator(#name)); \
  }

#define PROF_HOOK_NEW(name, parameters, arguments)                                            \
  extern "C" PROF_EXPORT void* name parameters {                                              \
    PROF_RESOLVE(name)                                                                        \
    if (!is_recording(Kind::k_heap)) return next.name arguments;                              \
    const uint64_t before = thread_state.allocations;                                         \
    void* const block = next.name arguments;                                                  \
    if (block != nullptr && thread_state.allocations == before) note_allocation(block, size); \
    return block;                                                                             \
  }
PROF_NEWS(PROF_HOOK_NEW)

#define PROF_HOOK_DELETE(name, parameters, arguments) \
  extern "C" PROF_EXPORT void name parameters {       \
    PROF_RESOLVE(name)                                \
    if (is_recording(Kind::k_heap)) note_free(block); \
    next.name arguments;                              \
  }
PROF_DELETES(PROF_HOOK_DELETE)
