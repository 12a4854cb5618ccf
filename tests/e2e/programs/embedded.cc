// A program that records itself. Without arguments it forks while another thread is inside prof_write: "ok"
// where every child could call prof.h at once, and is told that it does not record. "stopped": the collector
// is stopped, prints what prof_write and prof_stop say, and lets it go on. "killed MS": the collector is
// killed that long after the start, in the middle of a prof_write or not; prints the same, after 100 ms of
// CPU time. "for MS": records itself while it uses so much CPU time, and prints what prof_stop says. "into
// DIR": prints what prof_start says, and stops. "closed [killed]": the program closes all its descriptors,
// and opens one; the collector is killed. "intervals": heap recordings, one after another. "sandbox": the
// program shuts itself in after 100 ms of CPU time, and prints what prof_write and prof_stop say.
// "cancelled": a thread that calls prof_write all the time is cancelled, and the program prints what they say
// then.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <prof/prof.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/programs/burn.h"

namespace {

std::atomic<bool> is_over = false;
std::atomic<int> written = 0;

void* write_often(void* unused) {
  while (!is_over) {
    if (prof_write() == 0) ++written;
  }
  return unused;
}

// The collector is nobody's child: it is the process with our output directory in its command line.
pid_t find_collector(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    if (line.find("--follow") != std::string::npos && line.find(directory) != std::string::npos) {
      return std::stoi(entry.path().filename());
    }
  }
  return -1;
}

// Starts recording into the working directory: the collector, 0 with what went wrong printed.
pid_t start() {
  const std::string directory = std::filesystem::current_path();
  const prof_options options = {sizeof options, "cpu", directory.c_str(), 1000, 0};
  if (prof_start(&options) != 0) return std::puts(prof_error()), 0;
  const pid_t collector = find_collector(directory);
  if (collector <= 0) return std::puts("no collector"), 0;
  std::printf("%d\n", collector);
  return collector;
}

void write_and_stop() {
  for (int (*const call)() : {prof_write, prof_stop}) std::printf("%d %s\n", call(), prof_error());
}

int meet_stopped_collector() {
  const pid_t collector = start();
  if (collector == 0 || ::kill(collector, SIGSTOP) != 0) return 1;
  write_and_stop();
  return ::kill(collector, SIGCONT);
}

int meet_killed_collector(int milliseconds) {
  const pid_t collector = start();
  if (collector == 0) return 1;
  pthread_t thread;
  if (::pthread_create(&thread, nullptr, write_often, nullptr) != 0) return 1;
  ::usleep(milliseconds * 1000u);
  ::kill(collector, SIGKILL);
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 100'000'000);
  is_over = true;
  ::pthread_join(thread, nullptr);
  write_and_stop();
  // It can be recorded again.
  if (start() == 0) return 1;
  write_and_stop();
  return 0;
}

int record_for(int milliseconds) {
  const prof_options options = {sizeof options, "cpu", nullptr, 1000, 0};
  if (prof_start(&options) != 0) return std::puts(prof_error()), 1;
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + milliseconds * 1'000'000LL);
  std::printf("%d %s\n", prof_stop(), prof_error());
  return 0;
}

int record_into(const char* directory) {
  const prof_options options = {sizeof options, "cpu", directory, 1000, 0};
  std::printf("%d %s\n", prof_start(&options), prof_error());
  return prof_stop();
}

// As daemons do, between prof_start and prof_stop.
int close_all(bool is_killed) {
  const pid_t collector = start();
  if (collector == 0) return 1;
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 100'000'000);
  ::closefrom(3);
  if (is_killed) ::kill(collector, SIGKILL);
  const int file = ::open("/proc/self/exe", O_RDONLY);
  write_and_stop();
  char magic[4] = {};
  return ::read(file, magic, 4) == 4 && std::memcmp(magic, "\177ELF", 4) == 0 ? 0 : 2;
}

// In a sandbox that allows everything.
int shut_in() {
  if (start() == 0) return 1;
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 100'000'000);
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program = {1, allow};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 1;
  write_and_stop();
  return start() == 0 ? 0 : 2;
}

void* write_until_cancelled(void* unused) {
  for (;; ::pthread_testcancel()) {
    if (prof_write() == 0) ++written;
  }
  return unused;
}

int cancel_writer() {
  pthread_t thread;
  if (start() == 0 || ::pthread_create(&thread, nullptr, write_until_cancelled, nullptr) != 0) return 1;
  while (written == 0) ::usleep(1000);
  ::pthread_cancel(thread);
  ::pthread_join(thread, nullptr);
  write_and_stop();
  return 0;
}

// Records itself once for each interval, into a directory of that name, with so many blocks of 1000 bytes.
int record_heap(const std::vector<std::pair<uint64_t, int>>& recordings) {
  for (const auto& [interval, blocks] : recordings) {
    const std::string directory = std::to_string(interval);
    std::filesystem::create_directory(directory);
    const prof_options options = {sizeof options, "heap", directory.c_str(), 0, interval};
    if (prof_start(&options) != 0) return std::puts(prof_error()), 1;
    for (int i = 0; i < blocks; ++i) {
      void* volatile const kept = std::malloc(1000);
      if (kept == nullptr) return 1;
    }
    if (prof_stop() != 0) return std::puts(prof_error()), 1;
  }
  return 0;
}

}  // namespace

int main(int count, char** argv) {
  if (count > 1 && std::string(argv[1]) == "stopped") return meet_stopped_collector();
  if (count > 2 && std::string(argv[1]) == "for") return record_for(std::stoi(argv[2]));
  if (count > 2 && std::string(argv[1]) == "into") return record_into(argv[2]);
  if (count > 2 && std::string(argv[1]) == "killed") return meet_killed_collector(std::stoi(argv[2]));
  if (count > 1 && std::string(argv[1]) == "closed") return close_all(count > 2);
  if (count > 1 && std::string(argv[1]) == "sandbox") return shut_in();
  if (count > 1 && std::string(argv[1]) == "cancelled") return cancel_writer();
  if (count > 1 && std::string(argv[1]) == "intervals") {
    return record_heap({{1 << 30, 1000}, {1 << 14, 100'000}, {1 << 29, 100}});
  }
  const prof_options options = {sizeof options, "cpu", nullptr, 100, 0};
  if (prof_start(&options) != 0) return std::puts(prof_error()), 1;
  pthread_t thread;
  if (::pthread_create(&thread, nullptr, write_often, nullptr) != 0) return 1;
  for (int i = 0; i < 10; ++i) {
    ::usleep(20'000);
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      ::_exit(prof_write() == -1 && prof_stop() == -1 && prof_error()[0] != '\0' ? 0 : 1);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) return std::printf("child: %d\n", status), 1;
  }
  while (written == 0) ::usleep(1000);
  is_over = true;
  ::pthread_join(thread, nullptr);
  if (prof_stop() != 0) return std::puts(prof_error()), 1;
  // The collector is no child of this program's.
  std::puts(::waitpid(-1, nullptr, 0) == -1 ? "ok" : "a child that is not ours");
}
