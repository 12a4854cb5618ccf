// The loader's search for a symbol, done once more without the agent: whose definition a reference finds that
// was bound to a function of the agent's only because the agent comes first.
//
// dlsym is no help there. Where a library was opened with its own C++ runtime (dlopen, RTLD_LOCAL), RTLD_NEXT
// does not see it; and a dlsym that fails allocates a message, which the next one frees: in a program whose
// own free() looks the real one up by dlsym, that never ends. So the objects' symbol tables are read.
#pragma once

#include <cstdint>

namespace prof::agent {

// What is loaded now is searched by every object, in the order in which it was loaded. Called from: the
// constructor. Takes the loader's lock for reading.
void mark_first_objects();

struct Definition {
  void* address = nullptr;    // null: nobody but the agent defines it
  bool is_everyones = false;  // not only the caller's; and of an object that is never unloaded
};

// What a reference to the function `name` in the object that holds the code address `caller` finds: what was
// loaded at the start and behind the agent; else the library that was opened and what it needs, breadth
// first. Not seen: what was opened later with RTLD_GLOBAL, which comes last here. Called from: first calls of
// hooks. Takes the loader's lock for reading. Allocates nothing.
Definition find_shadowed(const char* name, uint64_t caller);

// Of each of `count` functions the one definition in what was opened, null where there is none. False where
// one of them has several. Called from, locks: as find_shadowed.
bool find_only(const char* const* names, void** addresses, uint32_t count);

}  // namespace prof::agent
