/* A program that forks while another thread loads libraries: agent_forks LIBRARY... Each child asks for an
 * address, which loads nothing. One that hangs is killed, and told. */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char** libraries;
static atomic_int is_over;

static void* load(void* unused) {
  for (char** library = libraries; *library != NULL; ++library) {
    if (dlopen(*library, RTLD_NOW) == NULL) printf("%s\n", dlerror());
  }
  is_over = 1;
  return unused;
}

int main(int count, char** arguments) {
  (void)count;
  libraries = arguments + 1;
  pthread_t thread;
  pthread_create(&thread, NULL, load, NULL);
  int failed = 0;
  while (!is_over && failed == 0) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(5);
      struct addrinfo hints = {0}, *found;
      hints.ai_flags = AI_NUMERICHOST;
      _exit(getaddrinfo("127.0.0.1", NULL, &hints, &found));
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) printf("a child ended with status %#x\n", status);
    failed += status != 0;
  }
  pthread_join(thread, NULL);
  return failed;
}
