// A shared library that is loaded by those who need it, since loading it costs more than most commands take.
#pragma once

#include <dlfcn.h>

namespace prof::symbols {

class LazyLibrary {
 public:
  // Stays loaded. Where it is not installed, nothing is found in it.
  explicit LazyLibrary(const char* soname) : handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {}

  template <typename Function>
  bool find(const char* name, Function& function) const {
    if (handle_ != nullptr) function = reinterpret_cast<Function>(::dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  void* handle_;
};

}  // namespace prof::symbols
