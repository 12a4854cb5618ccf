// A shared library, or a module of ours, that is loaded by those who need it, since loading it costs more
// than most commands take. Modules lie in lib/prof, where the program's own RUNPATH finds them.
#pragma once

#include <dlfcn.h>

namespace prof {

class LazyLibrary {
 public:
  // Stays loaded. Where it is not installed, nothing is found in it.
  explicit LazyLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}

  template <typename Function>
  bool find(const char* name, Function& function) const {
    if (handle_ != nullptr) function = reinterpret_cast<Function>(::dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  void* handle_;
};

}  // namespace prof
