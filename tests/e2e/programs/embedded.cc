// A program that records itself, and forks while another thread is inside prof_write. Prints "ok" where every
// child could call prof.h at once, and is told that it does not record.
#include <prof/prof.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace {

std::atomic<bool> is_over = false;
std::atomic<int> written = 0;

void* write_often(void* unused) {
  while (!is_over) {
    if (prof_write() == 0) ++written;
  }
  return unused;
}

}  // namespace

int main() {
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
