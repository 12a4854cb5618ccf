// What link_scope.h found, for hooks that ask it at every call: by the page of code that the call comes from,
// as no page belongs to two objects. Answers do not outlive the objects that they are about.
#pragma once

#include "libprof/agent/link_scope.h"

namespace prof::agent {

// find_shadowed(name, caller). `function` numbers the names, from 0 to below 32.
// Called from: hooks. As find_shadowed where the answer is not known yet; else never blocks.
Definition find_shadowed(uint32_t function, const char* name, uint64_t caller);

// While there is one, in dlclose, objects may go: answers of before are forgotten, and new ones not kept.
// Called from: threads. Never blocks.
class Unloading {
 public:
  Unloading();
  ~Unloading();
  Unloading(const Unloading&) = delete;
  Unloading& operator=(const Unloading&) = delete;
};

}  // namespace prof::agent
