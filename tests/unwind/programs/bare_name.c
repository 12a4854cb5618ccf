/* Opens a library by a bare name and calls what its constructor registered: no dlsym, no thread, no dlclose.
 */
#include <dlfcn.h>
#include <stdio.h>

void (*registered)(void);

int main(void) {
  if (dlopen("libunwind_plugin.so", RTLD_NOW) == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  registered();
  puts("ok");
  return 0;
}
