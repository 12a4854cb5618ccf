// All at once, for SECONDS, under a watchdog: what makes samplers hang or crash. storm SECONDS [PLUGIN]
//
// Each worker repeats one thing and checks its result. Prints "ok" and how often each did it; exits with 1
// and the worker's name where a check failed, or where one made no step in kPatience.
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>

#include "tests/e2e/programs/burn.h"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kPatience = 20 * kSecond;

std::atomic<bool> is_over = false;
const char* plugin_path = nullptr;
const char* own_path = nullptr;

int64_t now() { return clock_ns(CLOCK_MONOTONIC); }

[[noreturn]] void give_up(const char* who, const char* what) {
  char text[200];
  const int size = std::snprintf(text, sizeof text, "storm: %s: %s (errno %d)\n", who, what, errno);
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, text, static_cast<size_t>(size));
  ::_exit(1);
}

#define STORM_CHECK(condition) \
  if (!(condition)) give_up(__func__, #condition)

[[gnu::noinline]] int throw_from(int depth) {
  if (depth == 0) throw std::runtime_error("from the depth");
  const int below = throw_from(depth - 1);
  asm volatile("");
  return below + 1;
}

bool catches(int (*thrower)(int), int depth) {
  try {
    thrower(depth);
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

void load() {
  if (plugin_path == nullptr) return;
  void* const library = ::dlopen(plugin_path, RTLD_NOW);
  STORM_CHECK(library != nullptr);
  auto* const plugin = reinterpret_cast<int (*)(int)>(::dlsym(library, "storm_plugin"));
  STORM_CHECK(plugin != nullptr && catches(plugin, 20));
  STORM_CHECK(::dlclose(library) == 0);
}

void throw_and_catch() {
  for (int depth = 0; depth < 200; depth += 20) STORM_CHECK(catches(throw_from, depth));
}

// No child may outlive kPatience.
void wait_for(pid_t child, const char* who) {
  const int64_t start = now();
  int status = 0;
  for (pid_t ended = 0; (ended = ::waitpid(child, &status, WNOHANG)) != child;) {
    if (ended < 0 && errno != EINTR) give_up(who, "waitpid");
    if (now() - start > kPatience) {
      ::kill(child, SIGKILL);
      give_up(who, "a child hangs");
    }
    ::usleep(500);
  }
  if (status != 0) give_up(who, WIFSIGNALED(status) ? "a child crashed" : "a child failed");
}

void* allocate_a_little(void* unused) {
  std::free(std::malloc(10'000));
  return unused;
}

void spawn_a_program() {
  const pid_t child = ::vfork();
  STORM_CHECK(child >= 0);
  if (child == 0) {
    ::execl(own_path, own_path, "child", nullptr);
    ::_exit(127);
  }
  wait_for(child, __func__);
}

void make_threads() {
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, static_cast<size_t>(::sysconf(_SC_THREAD_STACK_MIN)));
  pthread_t threads[8];
  for (auto& thread : threads)
    STORM_CHECK(::pthread_create(&thread, &small, allocate_a_little, nullptr) == 0);
  for (auto& thread : threads) {
    void* result = &small;
    STORM_CHECK(::pthread_join(thread, &result) == 0 && result == nullptr);
  }
  ::pthread_attr_destroy(&small);
}

thread_local sigjmp_buf out_of_handler;

void on_signal(int number) {
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 200'000);
  if (number == SIGUSR2) ::siglongjmp(out_of_handler, 1);
}

// A handler on a stack of its own, left by its end and by a jump.
void raise_on_alternate_stack() {
  static char stack[1 << 16];  // of the one worker that does this
  const stack_t alternate = {stack, 0, sizeof stack};
  const stack_t none = {nullptr, SS_DISABLE, 0};
  STORM_CHECK(::sigaltstack(&alternate, nullptr) == 0);
  STORM_CHECK(::raise(SIGUSR1) == 0);
  if (::sigsetjmp(out_of_handler, 1) == 0) {
    ::raise(SIGUSR2);
    give_up(__func__, "the jump did not happen");
  }
  STORM_CHECK(::sigaltstack(&none, nullptr) == 0);
}

[[gnu::noinline]] int jump_from(jmp_buf& target, int depth) {
  if (depth == 0) ::longjmp(target, 1);
  const int below = depth > 0 ? jump_from(target, depth - 1) : 0;
  asm volatile("");
  return below + 1;
}

void jump() {
  static thread_local int jumps;  // not in a register, which longjmp may bring back
  for (jumps = 0; jumps < 100; ++jumps) {
    jmp_buf target;
    if (::setjmp(target) == 0) jump_from(target, 50);
  }
}

// Blocks change hands between the two that do this.
void allocate() {
  static std::atomic<char*> shelf[64];
  for (size_t i = 0; i < 5000; ++i) {
    const size_t size = 1 + i * 37 % 4000;
    char* block = static_cast<char*>(i % 3 == 0 ? std::calloc(1, size) : std::malloc(size));
    STORM_CHECK(block != nullptr);
    block[0] = block[size - 1] = 'x';
    if (i % 5 == 0) block = static_cast<char*>(std::realloc(block, size * 2));
    STORM_CHECK(block != nullptr && block[0] == 'x');
    std::free(shelf[i % 64].exchange(block));
  }
}

pthread_mutex_t shared_mutex = PTHREAD_MUTEX_INITIALIZER;
int shared_count = 0;

// Two do this: contention, and waits that time out.
void contend() {
  for (int i = 0; i < 200; ++i) {
    if (i % 10 == 0) {
      timespec until;
      ::clock_gettime(CLOCK_REALTIME, &until);
      if (::pthread_mutex_timedlock(&shared_mutex, &until) != 0) continue;
    } else {
      STORM_CHECK(::pthread_mutex_lock(&shared_mutex) == 0);
    }
    const int before = shared_count++;
    burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 5'000);
    STORM_CHECK(shared_count == before + 1);
    STORM_CHECK(::pthread_mutex_unlock(&shared_mutex) == 0);
  }
}

thread_local ucontext_t main_context, coroutine;

// The address sanitizer must be told of every change of stacks, or takes an exception on a coroutine's for
// one on the thread's.
#ifdef __SANITIZE_ADDRESS__
void leave_for(void** fake, const void* bottom, size_t size) {
  ::__sanitizer_start_switch_fiber(fake, bottom, size);
}
void arrive(void* fake, const void** bottom, size_t* size) {
  ::__sanitizer_finish_switch_fiber(fake, bottom, size);
}
#else
void leave_for(void**, const void*, size_t) {}
void arrive(void*, const void**, size_t*) {}
#endif

thread_local const void* thread_stack;  // what the coroutine goes back to
thread_local size_t thread_stack_size;

void run_coroutine() {
  arrive(nullptr, &thread_stack, &thread_stack_size);
  for (void* fake = nullptr;;) {
    static_cast<void>(catches(throw_from, 5));
    leave_for(&fake, thread_stack, thread_stack_size);
    ::swapcontext(&coroutine, &main_context);
    arrive(fake, &thread_stack, &thread_stack_size);
  }
}

void swap_contexts() {
  static char stack[1 << 16];  // of the one worker that does this
  STORM_CHECK(::getcontext(&coroutine) == 0);
  coroutine.uc_stack.ss_sp = stack;
  coroutine.uc_stack.ss_size = sizeof stack;
  coroutine.uc_link = &main_context;
  ::makecontext(&coroutine, run_coroutine, 0);
  for (int i = 0; i < 50; ++i) {
    void* fake = nullptr;
    leave_for(&fake, stack, sizeof stack);
    STORM_CHECK(::swapcontext(&main_context, &coroutine) == 0);
    arrive(fake, nullptr, nullptr);
  }
}

void on_own_sigprof(int) {}

// The program's own use of the agent's signal, and of masks.
void change_signals() {
  sigset_t all, before, after;
  ::sigfillset(&all);
  STORM_CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 100'000);
  STORM_CHECK(::pthread_sigmask(SIG_SETMASK, &before, &after) == 0);
  STORM_CHECK(sigismember(&after, SIGPROF) == 1 && sigismember(&before, SIGPROF) == 0);
  struct sigaction own = {}, old;
  own.sa_handler = on_own_sigprof;
  own.sa_flags = SA_RESTART;
  STORM_CHECK(::sigaction(SIGPROF, &own, nullptr) == 0 && ::raise(SIGPROF) == 0);
  own.sa_handler = SIG_IGN;
  STORM_CHECK(::sigaction(SIGPROF, &own, &old) == 0 && old.sa_handler == on_own_sigprof);
}

void fork_a_child() {
  const pid_t child = ::fork();
  STORM_CHECK(child >= 0);
  if (child == 0) {
    change_signals();
    jump();
    raise_on_alternate_stack();
    burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 1'000'000);
#ifdef __SANITIZE_ADDRESS__
    ::_exit(0);  // gcc 12's allocator does not survive a fork among threads: nothing here that allocates
#endif
    pthread_t thread;
    const bool is_fine = catches(throw_from, 10) &&
                         ::pthread_create(&thread, nullptr, allocate_a_little, nullptr) == 0 &&
                         ::pthread_join(thread, nullptr) == 0;
    ::_exit(is_fine ? 0 : 2);
  }
  wait_for(child, __func__);
}

struct Worker {
  const char* name;
  void (*step)();
  std::atomic<int64_t> last = 0;  // when it ended a step; the watchdog reads it
  std::atomic<uint64_t> steps = 0;
};

Worker workers[] = {
    {"load", load},
    {"throw", throw_and_catch},
    {"fork", fork_a_child},
    {"fork", fork_a_child},
    {"spawn", spawn_a_program},
    {"threads", make_threads},
    {"jump", jump},
    {"alternate", raise_on_alternate_stack},
    {"allocate", allocate},
    {"allocate", allocate},
    {"contend", contend},
    {"contend", contend},
    {"contexts", swap_contexts},
    {"signals", change_signals},
    {"load", load},
};

void* work(void* data) {
  Worker& worker = *static_cast<Worker*>(data);
  while (!is_over.load(std::memory_order_relaxed)) {
    worker.step();
    worker.steps.fetch_add(1, std::memory_order_relaxed);
    worker.last.store(now(), std::memory_order_relaxed);
  }
  return nullptr;
}

}  // namespace

int main(int count, char** argv) {
  if (count < 2) return 2;
  if (std::string(argv[1]) == "child") return catches(throw_from, 10) ? 0 : 2;
  own_path = argv[0];
  plugin_path = count > 2 ? argv[2] : nullptr;
  for (const int number : {SIGUSR1, SIGUSR2}) {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(number, &action, nullptr);
  }
  const int64_t end = now() + static_cast<int64_t>(std::atof(argv[1]) * 1e9);
  pthread_t threads[std::size(workers)];
  for (size_t i = 0; i < std::size(workers); ++i) {
    workers[i].last = now();
    if (::pthread_create(&threads[i], nullptr, work, &workers[i]) != 0) give_up("main", "pthread_create");
  }
  while (now() < end) {
    ::usleep(100'000);
    for (const auto& worker : workers) {
      if (now() - worker.last.load(std::memory_order_relaxed) > kPatience) give_up(worker.name, "it hangs");
    }
  }
  is_over = true;
  ::alarm(static_cast<unsigned>(kPatience / kSecond));  // for a worker that does not come to its end
  for (const auto& thread : threads) ::pthread_join(thread, nullptr);
  for (const auto& worker : workers) std::printf("%s %lu\n", worker.name, worker.steps.load());
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + 1e-6 * double(t.tv_usec); };
  std::printf("process %d used %.6f\n", ::getpid(), seconds(usage.ru_utime) + seconds(usage.ru_stime));
  std::puts("ok");
  std::fflush(stdout);
  ::_exit(0);  // what a sanitizer does at an exit would not be in the time told above
}
