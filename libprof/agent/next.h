// The next definition of a function that the agent hooks: the one the target would have called.
#pragma once

#include <dlfcn.h>

namespace prof::agent {

// Called from: the constructor, and first calls of hooks before it. Takes the loader's lock.
template <typename Function>
Function* find_next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace prof::agent

// Marks what the target binds to.
#define PROF_EXPORT [[gnu::visibility("default")]]
