/* A program with functions of its own in front of libc's, as a sanitizer has: each tells whether it was
 * called on the alternate stack, where only signal handlers run. agent_interposed SECONDS prints their names,
 * or "none". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char alternate[1 << 16];
static const char* volatile called;

static void look(const char* name) {
  const char here = 0;
  if (&here >= alternate && &here < alternate + sizeof alternate) called = name;
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  look("open");
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int close(int fd) {
  look("close");
  return (int)syscall(SYS_close, fd);
}
ssize_t read(int fd, void* to, size_t size) {
  look("read");
  return syscall(SYS_read, fd, to, size);
}
int stat(const char* path, struct stat* status) {
  look("stat");
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}
int fstat(int fd, struct stat* status) {
  look("fstat");
  return (int)syscall(SYS_newfstatat, fd, "", status, AT_EMPTY_PATH);
}
int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  look("fcntl");
  return (int)syscall(SYS_fcntl, fd, command, argument);
}
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  look("mmap");
  return (void*)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
int munmap(void* at, size_t size) {
  look("munmap");
  return (int)syscall(SYS_munmap, at, size);
}
int clock_gettime(clockid_t clock, struct timespec* now) {
  look("clock_gettime");
  return (int)syscall(SYS_clock_gettime, clock, now);
}

static void* come_and_go(void* unused) { return unused; }

int main(int count, char** arguments) {
  const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  const clock_t end = clock() + (clock_t)(atof(count > 1 ? arguments[1] : "0") * CLOCKS_PER_SEC);
  while (clock() < end) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, come_and_go, NULL) == 0) pthread_join(thread, NULL);
  }
  puts(called == NULL ? "none" : called);
  return 0;
}
