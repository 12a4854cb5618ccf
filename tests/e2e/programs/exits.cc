// Every way for a process to end, after MS of CPU time, beside THREADS that go on: exits WAY MS [THREADS].
// Prints "ready" before it ends; without arguments the ways, which are the table below.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/e2e/programs/burn.h"

namespace {

constexpr int kCode = 41;
int64_t burn_ns = 0;

[[gnu::noinline]] void work() {
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + burn_ns);
  asm volatile("");
}

// Runs `routine` on another thread that goes on, and returns once it runs.
std::atomic<bool> is_running = false;
pthread_t start(void* (*routine)(void*)) {
  pthread_t thread;
  if (::pthread_create(&thread, nullptr, routine, nullptr) != 0) ::_exit(99);
  while (!is_running) ::usleep(1000);
  return thread;
}

void* burn_for_ever(void*) {
  for (is_running = true;;) burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + burn_ns);
}

void die_of(int signal) {
  ::raise(signal);
  ::_exit(98);
}

void return_among_threads() {
  start(burn_for_ever);
  start(burn_for_ever);
}

void exit_main_thread() {
  start([](void*) -> void* {
    is_running = true;
    work();
    return nullptr;
  });
  ::pthread_exit(nullptr);
}

void exit_from_thread() {
  start([](void*) -> void* {
    is_running = true;
    work();
    std::exit(kCode);
  });
  for (;;) ::pause();
}

void exec_from_thread() {
  start([](void*) -> void* {
    is_running = true;
    work();
    ::execl("/bin/sh", "sh", "-c", "exit 41", nullptr);
    ::_exit(97);
  });
  for (;;) ::pause();
}

void exit_in_handler() {
  ::signal(SIGALRM, [](int) { std::exit(kCode); });
  ::raise(SIGALRM);
}

void leave_in_handler() {
  ::signal(SIGPROF, [](int) { ::_exit(kCode); });
  ::raise(SIGPROF);
}

void exit_in_exit() {
  std::atexit([] {
    work();
    std::exit(kCode);
  });
  std::exit(1);
}

struct Leaver {
  bool leaves = false;
  ~Leaver() {
    if (!leaves) return;
    work();
    ::_exit(kCode);
  }
} leaver;

void close_everything() {
  for (const char* name : {"libm.so.6", "libresolv.so.2", "libutil.so.1"}) {
    if (void* const library = ::dlopen(name, RTLD_NOW)) ::dlclose(library);
  }
  for (int fd = 3; fd < 1024; ++fd) ::close(fd);
  std::atexit(work);
  std::exit(kCode);
}

// The allocator's and our own locks, held by a thread that never lets go.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
void exit_holding_locks() {
  start([](void*) -> void* {
    ::pthread_mutex_lock(&mutex);
    ::flockfile(stderr);
    is_running = true;
    for (;;) std::free(std::malloc(static_cast<size_t>(std::rand()) % 100'000));
  });
  std::exit(kCode);
}

void cancel_main() {
  static pthread_t main_thread = ::pthread_self();
  start([](void*) -> void* {
    is_running = true;
    ::pthread_cancel(main_thread);
    ::pthread_join(main_thread, nullptr);
    work();
    std::exit(kCode);
  });
  for (;;) ::pause();
}

void crash_on_no_stack() {
  // SIGSEGV with a handler that cannot run: the kernel kills.
  static char stack[1 << 16];
  const stack_t alternate = {stack, 0, sizeof stack};
  ::sigaltstack(&alternate, nullptr);
  asm volatile("mov $0, %%rsp; push %%rax" ::: "memory");
}

// After these the recorder gets to settle what was used since the last tick of the kernel's clock.
constexpr bool kSettles = true;
constexpr bool kIsKilled = false;

struct Way {
  const char* name;
  int works;  // how often work is done
  bool settles;
  void (*end)();
};

constexpr Way kWays[] = {
    {"return", 1, kSettles, [] {}},
    {"exit", 1, kSettles, [] { std::exit(kCode); }},
    {"_exit", 1, kSettles, [] { ::_exit(kCode); }},
    {"_Exit", 1, kSettles, [] { std::_Exit(kCode); }},
    {"quick_exit", 1, kSettles, [] { std::quick_exit(kCode); }},
    {"exit_group", 1, kIsKilled, [] { ::syscall(SYS_exit_group, kCode); }},
    {"exit_group by instruction", 1, kIsKilled,
     [] { asm volatile("syscall" ::"a"(SYS_exit_group), "D"(kCode)
                       : "rcx", "r11", "memory"); }},
    {"abort", 1, kIsKilled, [] { std::abort(); }},
    {"SIGKILL", 1, kIsKilled, [] { die_of(SIGKILL); }},
    {"SIGTERM", 1, kIsKilled, [] { die_of(SIGTERM); }},
    {"SIGPROF", 1, kIsKilled, [] { die_of(SIGPROF); }},
    {"SIGSEGV", 1, kIsKilled, [] { *static_cast<volatile int*>(nullptr) = 1; }},
    {"SIGSEGV without a stack", 1, kIsKilled, crash_on_no_stack},
    {"an illegal instruction", 1, kIsKilled, [] { __builtin_trap(); }},
    {"an exception that nobody catches", 1, kIsKilled, [] { throw 1; }},
    {"return among running threads", 1, kSettles, return_among_threads},
    {"pthread_exit of main", 2, kSettles, exit_main_thread},
    {"exit from a thread", 2, kSettles, exit_from_thread},
    {"exec from a thread", 2, kSettles, exec_from_thread},
    {"exit in a signal handler", 1, kSettles, exit_in_handler},
    {"_exit in a SIGPROF handler", 1, kSettles, leave_in_handler},
    {"exit in exit", 2, kSettles, exit_in_exit},
    {"_exit in a destructor", 2, kSettles, [] { leaver.leaves = true; }},
    {"everything closed", 2, kSettles, close_everything},
    {"a thread holds locks", 1, kSettles, exit_holding_locks},
    {"main is cancelled", 2, kSettles, cancel_main},
};

}  // namespace

int main(int count, char** argv) {
  if (count < 3) {
    for (const Way& way : kWays) std::printf("%d %d %s\n", way.works, way.settles ? 1 : 0, way.name);
    return 0;
  }
  burn_ns = std::atoll(argv[2]) * 1'000'000;
  for (const Way& way : kWays) {
    if (std::strcmp(way.name, argv[1]) != 0) continue;
    for (int left = count > 3 ? std::atoi(argv[3]) : 0; left > 0; --left) start(burn_for_ever);
    work();
    std::puts("ready");
    std::fflush(stdout);
    way.end();
    return 7;
  }
  return 2;
}
