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
 * Threads: any function may be called from any thread; calls of the first four are serialised. Signals: from
 * no signal handler. Cancellation: no function is a cancellation point.
 *
 * Not linked, only run under `prof record`: `#define PROF_OPTIONAL` before this header makes its labels do
 * nothing where the library is absent, and needs no -lprof. For position independent programs, which is the
 * default; with -no-pie compile with -fPIE all the same, and link with -Wl,-z,dynamic-undefined-weak.
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
  const char* events;     /* "cpu" (default), "cpu,heap,mutex,wall", ... */
  const char* directory;  /* where cpu.prof, heap.prof, ... are written; default: the working directory */
  int cpu_hz;             /* samples per second of CPU time of each thread, 1 to 20000; default 100 */
  uint64_t heap_interval; /* mean bytes between heap samples; default 524288 */
};

/* Starts recording this process: all its threads. Returns 0, or -1 and prof_error() tells why (already
 * started, no `prof` program found to write profiles with, no space for the spool). */
int prof_start(const struct prof_options* options);

/* Stops recording and returns when the profiles are written: 0, or -1 and prof_error(). In a program that has
 * shut itself in with seccomp, where recording ended: its filter must allow getpid, fstat, poll, read, close
 * and mmap. */
int prof_stop(void);

/* Writes profiles of all recorded so far, without stopping: 0, or -1 and prof_error(). */
int prof_write(void);

/* The last error of this thread's calls, one sentence; "" when there was none. Never NULL. */
const char* prof_error(void);

/* Labels: what a thread works on, on every sample that it gives (cpu, heap, mutex, wall) from now on.
 *
 *   prof_labels before = prof_label("request", "GET /");
 *   serve();
 *   prof_labels_set(before);
 *
 * They may be set at any time, also before prof_start, and hold until they are changed. Never blocks and
 * never fails: about 50 ns a call. Sets are kept for ever, once each: label by what has few values (the
 * route, not the number of the request). Past 16384 different sets, or 1000 bytes in one, a label is left out
 * and counted as dropped. Keys longer than 63 bytes and values longer than 255 are cut. */
#ifdef PROF_OPTIONAL
#define PROF_LABEL_API __attribute__((weak))
#else
#define PROF_LABEL_API
#endif

typedef uint32_t prof_labels; /* a set of labels; 0 is the empty one. Valid in this process and its forks */

/* Sets one label of the calling thread; a `value` of NULL removes it. Returns the set that held before. */
PROF_LABEL_API prof_labels prof_label(const char* key, const char* value);

/* Gives the calling thread a set that one of these functions returned, in any thread: to end a scope, or to
 * work on what another thread began. Returns the set that held before. */
PROF_LABEL_API prof_labels prof_labels_set(prof_labels labels);

/* The calling thread's set. */
PROF_LABEL_API prof_labels prof_labels_get(void);

/* Whether threads that pthread_create (std::thread, ...) makes from now on begin with the labels of the
 * thread that makes them. Off at first; for the whole process. */
PROF_LABEL_API void prof_labels_inherit(int on);

#ifdef PROF_OPTIONAL
#define prof_label(key, value) (prof_label != NULL ? prof_label(key, value) : (prof_labels)0)
#define prof_labels_set(labels) (prof_labels_set != NULL ? prof_labels_set(labels) : (prof_labels)0)
#define prof_labels_get() (prof_labels_get != NULL ? prof_labels_get() : (prof_labels)0)
#define prof_labels_inherit(on) (prof_labels_inherit != NULL ? prof_labels_inherit(on) : (void)0)
#endif

#ifdef __cplusplus
}
#endif
#endif
