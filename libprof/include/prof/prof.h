/* prof.h: record profiles from inside a program.
 *
 *   #include <prof/prof.h>
 *   cc app.c -lprof
 *
 *   if (prof_start(NULL) != 0) fprintf(stderr, "%s\n", prof_error());
 *   work();
 *   if (prof_stop() != 0) fprintf(stderr, "%s\n", prof_error());   // cpu.prof is written
 *
 * A program linked with -lprof costs nothing until prof_start. Under `prof record` the recorder is in charge:
 * prof_start and prof_stop then succeed and do nothing.
 *
 * Threads: any function may be called from any thread; calls are serialised. Signals: from no signal handler.
 */
#ifndef PROF_PROF_H
#define PROF_PROF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means the default everywhere: start from `struct prof_options options = {sizeof options};`. */
struct prof_options {
  size_t size;            /* sizeof(struct prof_options): lets later versions add fields */
  const char* events;     /* "cpu" (default), "cpu,heap,mutex", ... */
  const char* directory;  /* where cpu.prof, heap.prof, ... are written; default: the working directory */
  int cpu_hz;             /* samples per second of CPU time of each thread, 1 to 20000; default 100 */
  uint64_t heap_interval; /* mean bytes between heap samples; default 524288 */
};

/* Starts recording this process: all its threads. Returns 0, or -1 and prof_error() tells why (already
 * started, no `prof` program found to write profiles with, no space for the spool). */
int prof_start(const struct prof_options* options);

/* Stops recording and returns when the profiles are written: 0, or -1 and prof_error(). */
int prof_stop(void);

/* Writes profiles of all recorded so far, without stopping: 0, or -1 and prof_error(). */
int prof_write(void);

/* The last error of this thread's calls, one sentence; "" when there was none. Never NULL. */
const char* prof_error(void);

#ifdef __cplusplus
}
#endif
#endif
