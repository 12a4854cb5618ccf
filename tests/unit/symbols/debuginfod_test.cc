// debuginfod, asked of a server in this process.
#include "libprof/symbols/debuginfod.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "tests/support/file_server.h"
#include "tests/support/silent_server.h"
#include "tests/unit/symbols/build.h"

using namespace prof::test;  // NOLINT: this is the test of what is in there

namespace {

// The environment of one test.
class Variables {
 public:
  Variables(const std::string& urls, const std::string& cache) {
    ::setenv("DEBUGINFOD_URLS", urls.c_str(), 1);
    ::setenv("DEBUGINFOD_CACHE_PATH", cache.c_str(), 1);
    ::setenv("DEBUGINFOD_TIMEOUT", "5", 1);
  }
  ~Variables() {
    for (const char* name : {"DEBUGINFOD_URLS", "DEBUGINFOD_CACHE_PATH", "DEBUGINFOD_TIMEOUT"})
      ::unsetenv(name);
  }
};

constexpr const char* kId = "5a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

}  // namespace

TEST_CASE("debuginfod gives debug information and source, and is asked only where its variable is set") {
  if (::dlopen("libdebuginfod.so.1", RTLD_NOW) == nullptr) {
    WARN("skipped: no libdebuginfod.so.1");
    return;
  }
  const Build build({"g++", "-g", std::string("-Wl,--build-id=0x") + kId});
  const std::string debug = build.directory.file("app.debug");
  must_run({"objcopy", "--only-keep-debug", build.binary, debug});
  must_run({"strip", "--strip-all", build.binary});
  FileServer server;
  server.serve(std::string("/buildid/") + kId + "/debuginfo", read(debug));
  server.serve(std::string("/buildid/") + kId + "/source/src/app.cc", "int main() {}\n");
  std::filesystem::remove(debug);
  const std::vector<uint64_t> addresses = {build.address.at("probe_outer")};

  ::unsetenv("DEBUGINFOD_URLS");
  CHECK(prof::symbols::symbolize({build.binary, kId, 0, addresses}).codes[0].source ==
        prof::symbols::Source::kUnwindTable);
  CHECK(prof::symbols::debuginfod_source(kId, "/src/app.cc").error().what == "DEBUGINFOD_URLS is not set");
  CHECK(server.requests() == 0);

  const Variables variables(server.url(), build.directory.file("cache"));
  CHECK(text(prof::symbols::symbolize({build.binary, kId, 0, addresses}).codes[0]) == "app::outer app.cc:13");
  CHECK(text(prof::symbols::symbolize({"/nowhere/app", kId, 0, addresses}).codes[0]) ==
        "app::outer app.cc:13");
  const auto source = prof::symbols::debuginfod_source(kId, "/src/app.cc");
  REQUIRE(source);
  CHECK(read(*source) == "int main() {}\n");
  CHECK(prof::symbols::debuginfod_executable(kId).error().what.find(
            "debuginfod has no executable of build") == 0);
  const int before = server.requests();
  CHECK(prof::symbols::debuginfod_executable("go/id").error().what.find("it is no build id") !=
        std::string::npos);
  CHECK(server.requests() == before);
  const auto missing = prof::symbols::debuginfod_source(kId, "/src/none.cc");
  REQUIRE(!missing);
  CHECK(missing.error().what.find("debuginfod has no /src/none.cc of build") == 0);
  CHECK(server.requests() >= 3);
}

TEST_CASE("a signal that is held back did not end the wait for a debuginfod server that never answers") {
  if (::dlopen("libdebuginfod.so.1", RTLD_NOW) == nullptr) {
    WARN("skipped: no libdebuginfod.so.1");
    return;
  }
  const Build build({"g++", "-g", std::string("-Wl,--build-id=0x") + kId});
  must_run({"strip", "--strip-all", build.binary});
  const SilentServer server;
  const Variables variables(server.url(), build.directory.file("cache"));
  ::setenv("DEBUGINFOD_TIMEOUT", "120", 1);

  sigset_t held, before;
  ::sigemptyset(&held);
  ::sigaddset(&held, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &held, &before);
  ::kill(::getpid(), SIGINT);
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(prof::symbols::debuginfod_source(kId, "/src/app.cc"));
  const std::vector<uint64_t> addresses = {build.address.at("probe_outer")};
  CHECK(prof::symbols::symbolize({build.binary, kId, 0, addresses}).codes[0].source ==
        prof::symbols::Source::kUnwindTable);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
  int signal = 0;
  ::sigwait(&held, &signal);
  CHECK(signal == SIGINT);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
