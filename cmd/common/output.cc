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

bool write_to(std::FILE* stream, std::string_view text, Colors colors) {
  std::string shown;
  if (::isatty(::fileno(stream)) == 1) text = shown = terminal_text(text, colors);
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size();
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

Result<void> print_part(std::string_view text, Colors colors) {
  return write_to(stdout, text, colors) ? Result<void>() : cannot_print();
}

Result<void> print(std::string_view text, Colors colors) {
  if (auto part = print_part(text, colors); !part) return part;
  return std::fflush(stdout) == 0 ? Result<void>() : cannot_print();
}

void say_text(std::string_view text) { (void)write_to(stderr, text, Colors::kNone); }

void say_instead(std::string_view text) {
  const std::string line = "\r\033[K" + terminal_text(text);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace prof::cmd
