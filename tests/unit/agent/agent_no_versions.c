/* Preloaded: of no function any version is known, as of dlsym in a libc with other names for them. */
#include <stddef.h>

void* dlvsym(void* handle, const char* name, const char* version) {
  (void)handle, (void)name, (void)version;
  return NULL;
}
