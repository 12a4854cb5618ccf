/* A program without C++ that opens libraries with C++ in them: agent_operators LIBRARY... calls the go() of
 * each. With WRAPPED it has the malloc and free of many a text book, in front of libc's. Prints what go()
 * prints, and whether there was an error of the loader's that is not its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef WRAPPED
void* malloc(size_t size) {
  static void* (*real)(size_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "malloc");
  return real(size);
}
void free(void* block) {
  static void (*real)(void*);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "free");
  real(block);
}
#endif

int main(int count, char** names) {
  const char* const pending = dlerror();
  for (int i = 1; i < count; ++i) {
    void* const library = dlopen(names[i], RTLD_NOW);
    if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 2;
    dlsym(library, "nothing of the kind");
    void (*go)(void);
    *(void**)&go = dlsym(library, "go");
    dlsym(library, "nothing of the kind");
    go();
    if (dlerror() == NULL) puts("the program's own error was lost");
    dlclose(library);
  }
  printf("%s\n", pending == NULL ? "no error" : pending);
  return 0;
}
