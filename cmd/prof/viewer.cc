#include "cmd/prof/viewer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

namespace prof::cmd {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A browser that the user would see: not over ssh, not without a display.
bool has_desktop() {
  return variable("SSH_CONNECTION").empty() &&
         !(variable("DISPLAY").empty() && variable("WAYLAND_DISPLAY").empty());
}

// On its own, silent, in a process group of its own so that Ctrl-C here does not end it. -1: cannot be
// started.
pid_t start(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, stream, "/dev/null", stream == STDIN_FILENO ? 0 : 1, 0);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed == 0 ? pid : -1;
}

// Files that viewers read; removed at exit.
struct TempFiles {
  std::vector<std::string> paths;
  ~TempFiles() {
    for (const std::string& path : paths) ::unlink(path.c_str());
  }
};

Result<std::string> write_temporary(std::string_view data, const std::string& extension) {
  static TempFiles files;
  const std::string directory = variable("TMPDIR").empty() ? "/tmp" : variable("TMPDIR");
  std::string path = fmt::format("{}/prof-XXXXXX.{}", directory, extension);
  const int fd = ::mkstemps(path.data(), static_cast<int>(extension.size()) + 1);
  if (fd >= 0) files.paths.push_back(path);
  bool is_written = fd >= 0;
  while (is_written && !data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    is_written = count > 0;
    if (is_written) data.remove_prefix(static_cast<size_t>(count));
  }
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (!is_written) {
    return fail(fmt::format("cannot write a temporary file in {}: {}", directory, std::strerror(reason)),
                "name another directory in TMPDIR, or a file with --output=FILE");
  }
  return path;
}

std::vector<std::string> commands_of(std::span<const char* const> viewers) {
  std::vector<std::string> commands;
  for (const std::string_view viewer : viewers) {
    if (viewer != kBrowser) {
      commands.emplace_back(viewer);
      continue;
    }
    std::istringstream chosen(variable("BROWSER"));
    for (std::string browser; std::getline(chosen, browser, ':');) commands.push_back(browser);
    for (const char* browser : {"google-chrome", "chromium", "firefox", "sensible-browser"}) {
      commands.emplace_back(browser);
    }
    if (has_desktop()) commands.emplace_back("xdg-open");
  }
  return commands;
}

}  // namespace

void open_browser(const std::string& url) {
  if (!has_desktop()) return;
  const std::string choices = variable("BROWSER").empty() ? "xdg-open" : variable("BROWSER");
  (void)start({choices.substr(0, choices.find(':')), url});
}

Result<void> view_data(std::string_view data, const std::string& extension,
                       std::span<const char* const> viewers, bool is_shell) {
  const auto path = write_temporary(data, extension);
  if (!path) return tl::unexpected(path.error());
  std::string tried;
  for (const std::string& command : commands_of(viewers)) {
    std::istringstream text(command);
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    if (words.empty()) continue;
    words.push_back(*path);
    const pid_t pid = start(words);
    if (pid > 0) {
      int status = 0;
      while (!is_shell && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
      ::sleep(1);  // a viewer may only tell a running one, which then opens the file
      return {};
    }
    tried += (tried.empty() ? "" : ", ") + words[0];
  }
  return fail(fmt::format("cannot show the report: none of {} can be started", tried),
              fmt::format("install one, or write a file with --output=report.{}", extension));
}

}  // namespace prof::cmd
