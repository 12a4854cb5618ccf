// Whatever makes the agent want memory: libraries loaded, and one loaded again and again, deep stacks on many
// threads, blocks by the hundred thousand, forks of forks. Prints what the last of them has at the end, and
// had at most, in KiB: address space, resident.   agent_memory LIBRARY...
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kThreads = 8, kDepth = 3000, kBlocks = 200000, kForks = 4, kLoads = 1000 };

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int recurse(int depth) {
  if (depth == 0) {
    volatile unsigned sink = 0;
    for (const double end = cpu_seconds() + 0.02; cpu_seconds() < end;) {
      for (int i = 0; i < 10000; ++i) sink = sink + (unsigned)i;
    }
    return 0;
  }
  const int below = recurse(depth - 1);
  __asm__ volatile("");
  return below + 1;
}

static pthread_barrier_t all_done;
static void* work(void* unused) {
  recurse(kDepth);
  pthread_barrier_wait(&all_done);
  return unused;
}

static void** blocks;

static void show_status(void) {
  static const char* const kNames[] = {"VmPeak:", "VmSize:", "VmHWM:", "VmRSS:"};
  FILE* const status = fopen("/proc/self/status", "r");
  char line[256];
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (int i = 0; i < 4; ++i) {
      if (strncmp(line, kNames[i], strlen(kNames[i])) == 0) printf("%ld\n", atol(line + strlen(kNames[i])));
    }
  }
}

static void live_and_show(void) {
  pthread_t threads[kThreads];
  pthread_barrier_init(&all_done, NULL, kThreads);
  for (int i = 0; i < kThreads; ++i) {
    if (pthread_create(&threads[i], NULL, work, NULL) != 0) _exit(3);
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < kBlocks; ++i) {
    free(blocks[i]);
    blocks[i] = malloc(32);
  }
  show_status();
  fflush(stdout);
}

int main(int count, char** names) {
  for (int i = 1; i + 1 < count; ++i) {
    if (dlopen(names[i], RTLD_NOW) == NULL) return fprintf(stderr, "%s\n", dlerror()), 2;
  }
  for (int i = 0; i < kLoads; ++i) {
    if (count > 1) dlclose(dlopen(names[count - 1], RTLD_NOW));
  }
  blocks = malloc(kBlocks * sizeof *blocks);
  for (int i = 0; i < kBlocks; ++i) blocks[i] = malloc(32);
  for (int i = 0; i < kForks; ++i) {
    const pid_t child = fork();
    if (child > 0) {
      int status = 0;
      waitpid(child, &status, 0);
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
    }
  }
  live_and_show();
  return 0;
}
