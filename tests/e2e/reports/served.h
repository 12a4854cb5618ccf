// Profiles behind URLs: servers of the test's own process, and prof that fetches from them.
#pragma once

#include <httplib.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

namespace prof::test {

// A server of this process for one scope.
template <typename Server>
class Serving {
 public:
  template <typename... Args>
  explicit Serving(Args&&... args)
      : server_(std::forward<Args>(args)...), port_(server_.bind_to_any_port("127.0.0.1")) {
    REQUIRE(port_ > 0);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() { server_.stop(); }
  Server& operator*() { return server_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  void start() {
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  Server server_;
  int port_;
  std::jthread thread_;
};

// Answers the path of CPU profiles with one.
inline void serve_profile(httplib::Server& server) {
  server.Get("/debug/pprof/profile", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(encode_profile(program()), "application/octet-stream");
  });
}

// Runs prof, which keeps its copies in the directory.
inline Outcome prof_in(const TempDir& directory, std::vector<std::string> args, Run options = {}) {
  args.insert(args.begin(), tool("prof"));
  options.env["PPROF_TMPDIR"] = directory.path();
  return run(args, options);
}

}  // namespace prof::test
