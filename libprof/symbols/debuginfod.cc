#include "libprof/symbols/debuginfod.h"

#include <elfutils/debuginfod.h>
#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "libprof/base/hex.h"
#include "libprof/base/lazy_library.h"

namespace prof::symbols {
namespace {

constexpr const char* kLibrary = "libdebuginfod.so.1";

struct Client {
  decltype(&::debuginfod_begin) begin = nullptr;
  decltype(&::debuginfod_end) end = nullptr;
  decltype(&::debuginfod_find_debuginfo) find_debuginfo = nullptr;
  decltype(&::debuginfod_find_executable) find_executable = nullptr;
  decltype(&::debuginfod_find_source) find_source = nullptr;
  decltype(&::debuginfod_set_progressfn) set_progress = nullptr;
  bool ok = false;

  Client() {
    const LazyLibrary library(kLibrary);
    ok = library.find("debuginfod_begin", begin) && library.find("debuginfod_end", end) &&
         library.find("debuginfod_find_debuginfo", find_debuginfo) &&
         library.find("debuginfod_find_executable", find_executable) &&
         library.find("debuginfod_find_source", find_source) &&
         library.find("debuginfod_set_progressfn", set_progress);
  }
};

const Client& library() {
  static const Client client;
  return client;
}

// Called while a server is waited for; anything but 0 ends that.
int is_told_to_end(debuginfod_client*, long, long) {
  sigset_t pending;
  ::sigemptyset(&pending);
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGINT) | ::sigismember(&pending, SIGTERM) | ::sigismember(&pending, SIGHUP);
}

// `find` gets the client and where to put the path that it allocates; it returns a descriptor or -errno.
template <typename Find>
Result<std::string> ask(const std::string& build_id, const std::string& part, Find find) {
  static std::mutex mutex;
  const Client& client = library();
  if (!debuginfod_is_on()) return fail("DEBUGINFOD_URLS is not set");
  const std::string what = fmt::format("{} of build {}", part, build_id);
  if (!is_hex(build_id)) return fail(fmt::format("cannot ask debuginfod for {}: it is no build id", what));
  if (!client.ok) {
    return fail(fmt::format("cannot ask debuginfod: {} is not there", kLibrary), "install libdebuginfod1");
  }
  const std::lock_guard<std::mutex> lock(mutex);
  debuginfod_client* connection = client.begin();
  if (connection == nullptr) return fail("cannot ask debuginfod: no memory");
  heed_signals(connection);
  char* path = nullptr;
  const int result = find(client, connection, &path);
  client.end(connection);
  const std::string found = path != nullptr ? path : "";
  std::free(path);
  if (result < 0) return fail(fmt::format("debuginfod has no {}: {}", what, std::strerror(-result)));
  ::close(result);
  return found;
}

const unsigned char* hex(const std::string& build_id) {
  return reinterpret_cast<const unsigned char*>(build_id.c_str());
}

}  // namespace

bool debuginfod_is_on() {
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  return urls != nullptr && *urls != '\0';
}

// That variable's display is such a function, too.
void heed_signals(debuginfod_client* connection) {
  if (connection == nullptr || !library().ok || std::getenv("DEBUGINFOD_PROGRESS") != nullptr) return;
  library().set_progress(connection, is_told_to_end);
}

// A length of 0 says that the build id is in hexadecimal.
Result<std::string> debuginfod_debug_file(const std::string& build_id) {
  return ask(build_id, "debug information", [&](const Client& client, auto* connection, char** path) {
    return client.find_debuginfo(connection, hex(build_id), 0, path);
  });
}

Result<std::string> debuginfod_executable(const std::string& build_id) {
  return ask(build_id, "executable", [&](const Client& client, auto* connection, char** path) {
    return client.find_executable(connection, hex(build_id), 0, path);
  });
}

Result<std::string> debuginfod_source(const std::string& build_id, const std::string& file) {
  return ask(build_id, file, [&](const Client& client, auto* connection, char** path) {
    return client.find_source(connection, hex(build_id), 0, file.c_str(), path);
  });
}

}  // namespace prof::symbols
