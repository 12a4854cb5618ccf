/* A program without C++ that forks while another thread is in C++: agent_operators_fork LIBRARY... calls the
 * go() of the last in a thread and in each child. A child that hangs is killed, and told. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int (*go)(void);
static atomic_int is_over;

static void* run(void* unused) {
  while (!is_over) go();
  return unused;
}

int main(int count, char** names) {
  for (int i = 1; i < count; ++i) {
    void* const library = dlopen(names[i], RTLD_NOW);
    if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 2;
    *(void**)&go = dlsym(library, "go");
  }
  pthread_t thread;
  pthread_create(&thread, NULL, run, NULL);
  int failed = 0;
  for (int i = 0; i < 60 && failed == 0; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      _exit(go() == 512 * 511 / 2 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) printf("a child ended with status %#x\n", status);
    failed += status != 0;
  }
  is_over = 1;
  pthread_join(thread, NULL);
  return failed;
}
