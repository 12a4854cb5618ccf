#include "cmd/common/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace prof::cmd {
namespace {

Result<void> cannot_print() {
  return fail(std::string("cannot write to standard output: ") + std::strerror(errno));
}

}  // namespace

void reserve_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Reading standard input and writing the others fail as before.
    const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    (void)::open("/dev/null", mode | O_CLOEXEC);
  }
}

void end_when_nobody_reads() { std::signal(SIGPIPE, SIG_DFL); }

void survive_file_limit() {
  struct sigaction action = {};
  ::sigaction(SIGXFSZ, nullptr, &action);
  if (action.sa_handler != SIG_DFL) return;  // ignored already
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGXFSZ, &action, nullptr);
}

Result<void> print_part(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? Result<void>() : cannot_print();
}

Result<void> print(std::string_view text) {
  if (auto part = print_part(text); !part) return part;
  return std::fflush(stdout) == 0 ? Result<void>() : cannot_print();
}

}  // namespace prof::cmd
