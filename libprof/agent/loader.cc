// dlopen and its kin: new modules need unwind tables.
//
// dlopen looks at its caller (RUNPATH, $ORIGIN, namespace), so a hook that calls it would change what it
// finds. A path with a slash does not depend on the caller, nor does a bare name where neither the caller nor
// the agent has paths of its own: the hook calls, and looks at the modules. '$' in a name, and callers with
// paths: passed on by a jump, with the caller's return address; the modules are looked at on the next
// occasion: the dlsym that follows, a dlclose, a new thread.
//
// Called from: threads. They block where the loader does, and no more.
#include <dlfcn.h>

#include <cstring>

#include "libprof/agent/link_scope.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/next.h"
#include "libprof/agent/operators.h"
#include "libprof/agent/scope_cache.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

using Open = void*(const char*, int);
using OpenIn = void*(Lmid_t, const char*, int);
using Close = int(void*);
using Symbol = void*(void*, const char*);

// Written with the same values by whoever calls first.
Open* next_open = nullptr;
OpenIn* next_open_in = nullptr;
Close* next_close = nullptr;
Symbol* next_symbol = nullptr;

// dlsym cannot be looked up with dlsym. Of a libc with other versions of it than x86-64's has, in its
// symbols.
void resolve() {
  next_symbol = reinterpret_cast<Symbol*>(::dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34"));
  if (next_symbol == nullptr)
    next_symbol = reinterpret_cast<Symbol*>(::dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5"));
  if (next_symbol == nullptr) next_symbol = reinterpret_cast<Symbol*>(find_shadowed("dlsym", 0).address);
  next_open = reinterpret_cast<Open*>(next_symbol(RTLD_NEXT, "dlopen"));
  next_open_in = reinterpret_cast<OpenIn*>(next_symbol(RTLD_NEXT, "dlmopen"));
  next_close = reinterpret_cast<Close*>(next_symbol(RTLD_NEXT, "dlclose"));
}

bool is_independent_of_caller(const char* name, const void* caller) {
  if (name == nullptr || std::strchr(name, '$') != nullptr) return false;
  return std::strchr(name, '/') != nullptr || searches_like_us(reinterpret_cast<uint64_t>(caller) - 1);
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT void* dlopen(const char* name, int flags) noexcept {
  if (next_open == nullptr) resolve();
  if (!is_recording_anything() || !is_independent_of_caller(name, __builtin_return_address(0))) {
    mark_modules_stale();
    begin_objects_change();
    return next_open(name, flags);
  }
  void* handle = nullptr;
  {
    const ObjectsChange change;
    handle = next_open(name, flags);
  }
  end_objects_change();
  refresh_modules();
  return handle;
}

PROF_EXPORT void* dlmopen(Lmid_t space, const char* name, int flags) noexcept {
  if (next_open_in == nullptr) resolve();
  mark_modules_stale();
  return next_open_in(space, name, flags);
}

PROF_EXPORT void* dlsym(void* handle, const char* name) noexcept {
  if (next_symbol == nullptr) resolve();
  end_objects_change();
  if (is_recording_anything()) refresh_modules_if_stale();
  return next_symbol(handle, name);
}

PROF_EXPORT int dlclose(void* handle) noexcept {
  if (next_close == nullptr) resolve();
  int code = 0;
  {
    const ObjectsChange change;
    const Unloading unloading;
    code = next_close(handle);
  }
  end_objects_change();
  if (is_recording_anything()) refresh_modules();
  return code;
}

// A program with gcc's address sanitizer refuses whatever is loaded before that, as it may hide the
// sanitizer's functions. Ours all pass on to the next. The program's own __asan_default_options comes before
// this one. Called from: the sanitizer's start, before anything of ours has run. Never blocks.
PROF_EXPORT const char* __asan_default_options() { return "verify_asan_link_order=0"; }

}  // extern "C"
