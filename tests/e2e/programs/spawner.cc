// Starts a program in each way that there is, with an empty environment. usage: spawner PROGRAM ARGUMENT
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

int main(int, char** argv) {
  const char* const path = argv[1];
  char* const* const arguments = argv + 1;
  char* nothing[] = {nullptr};
  char other[] = "LD_PRELOAD=libm.so.6";  // one that is there already is kept
  char* preloading[] = {other, nullptr};
  const std::function<void()> ways[] = {
      [&] { ::execve(path, arguments, nothing); },
      [&] { ::execle(path, path, argv[2], nullptr, preloading); },
      [&] { ::execvpe(path, arguments, nothing); },
      [&] {
        ::clearenv();
        ::execl(path, path, argv[2], nullptr);
      },
      [&] {
        ::clearenv();
        ::execvp(path, arguments);
      },
  };
  for (const auto& way : ways) {
    if (::fork() == 0) {
      way();
      ::_exit(127);
    }
  }
  if (::vfork() == 0) {
    ::execve("/no/such/program", arguments, nothing);
    ::execve(path, arguments, nothing);
    ::_exit(127);
  }
  pid_t child = 0;
  if (::posix_spawn(&child, path, nullptr, nullptr, arguments, nothing) != 0) return 1;
  if (::posix_spawnp(&child, path, nullptr, nullptr, arguments, preloading) != 0) return 1;
  for (int status = 0; ::wait(&status) > 0;) {
    if (status != 0) return 1;
  }
}
