// The next definition of a function that the agent hooks: the one the target would have called.
#pragma once

#include <dlfcn.h>

namespace prof::agent {

// Called from: the constructor, and first calls of hooks before it. Takes the loader's lock.
template <typename Function>
Function* find_next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The same, kept in `next`: at file scope and null at first. Written with the same value by whoever comes
// first; a static of a function is no substitute, as without thread-safe statics (-fno-threadsafe-statics)
// another thread may find it marked as made and still null. Called from: as find_next; once kept, anywhere.
template <typename Function>
Function* next_of(Function*& next, const char* name) {
  if (next == nullptr) next = find_next<Function>(name);
  return next;
}

// The same of one of its versions; the default one where that is not known.
template <typename Function>
Function* find_next(const char* name, const char* version) {
  void* const found = ::dlvsym(RTLD_NEXT, name, version);
  return found != nullptr ? reinterpret_cast<Function*>(found) : find_next<Function>(name);
}

}  // namespace prof::agent

// Marks what the target binds to.
#define PROF_EXPORT [[gnu::visibility("default")]]
