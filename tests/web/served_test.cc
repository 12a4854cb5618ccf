// `prof web` as users run it: started, asked, interrupted.
#include <fcntl.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/unit/flamegraph/sample_profile.h"

using prof::test::TempDir;

namespace {

// `prof ARGS`, from its first line of output to its exit code. Killed at the end of the scope.
class Served {
 public:
  explicit Served(std::vector<std::string> args) {
    args.insert(args.begin(), prof::test::tool("prof"));
    std::vector<char*> argv;
    for (auto& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    REQUIRE(::posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    for (char c; ::read(ends[0], &c, 1) == 1 && c != '\n';) line_ += c;
    ::close(ends[0]);
  }
  ~Served() {
    if (pid_ > 0) stop(SIGKILL);
  }
  const std::string& line() const { return line_; }
  std::string url() const {
    const size_t begin = line_.find("http://");
    return begin == std::string::npos ? "" : line_.substr(begin, line_.find(' ', begin) - begin);
  }
  void send(int signal) const { ::kill(pid_, signal); }
  // Its exit code, or 128 + the signal that ended it.
  int stop(int signal) {
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  std::string line_;
};

std::string write_profile(const TempDir& directory) {
  const std::string path = directory.file("cpu.prof");
  prof::test::write(path, prof::encode_profile(prof::test::folded_profile("main;work<int> 5\nmain;rest 3")));
  return path;
}

int connect_to(const std::string& url) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

}  // namespace

TEST_CASE("prof web prints its address, serves, and ends cleanly") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  for (const int signal : {SIGINT, SIGTERM}) {
    Served served({"web", path, "--no-browser"});
    REQUIRE_THAT(served.line(), Catch::StartsWith("Serving cpu.prof on http://127.0.0.1:"));
    CHECK_THAT(served.line(), Catch::EndsWith("  (Ctrl-C to stop)"));
    httplib::Client client(served.url());
    CHECK(client.Get("/")->status == 200);
    CHECK_THAT(client.Get("/top.json")->body, Catch::Contains("work\\u003cint>"));
    CHECK(served.stop(signal) == 0);
  }
}

// -http was read as -h: help, and exit code 0.
TEST_CASE("what pprof's users type serves") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  const std::vector<std::string> lines[] = {{"web", "-http=:0", "-no_browser", path},
                                            {"web", "-port=0", "-no_browser", "-sample_index=cpu", path},
                                            {"-http=:0", "-no_browser", path},
                                            {"-no_browser", "-http", ":0", path},
                                            {"--http=:0", "--no_browser", path}};
  for (const auto& line : lines) {
    INFO(line[0] + " " + line[1]);
    Served served(line);
    CHECK_THAT(served.line(), Catch::StartsWith("Serving cpu.prof on http://127.0.0.1:"));
  }
  const auto other = prof::test::run({prof::test::tool("prof"), "top", "-http=:0", path});
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Catch::StartsWith("prof: there is no option -http=:0 here"));
  for (const char* help : {"-h", "-help", "--help"}) {
    CHECK(prof::test::run({prof::test::tool("prof"), "web", help}).code == 0);
  }
}

TEST_CASE("prof web refuses a port in use, and says what to do") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  Served served({"web", path, "--no-browser"});
  const std::string port = served.url().substr(served.url().rfind(':') + 1);
  const auto second =
      prof::test::run({prof::test::tool("prof"), "web", path, "--no-browser", "--port", port});
  CHECK(second.code == 1);
  CHECK(second.out.empty());
  CHECK_THAT(second.err,
             Catch::StartsWith("prof: cannot listen on 127.0.0.1:" + port + ": Address already in use"));
  CHECK(served.stop(SIGINT) == 0);
}

// It was waited for; of one that sends a byte a second, for ever.
TEST_CASE("a slow client does not hold up the end") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  for (const int times : {1, 2}) {
    INFO(times);
    Served served({"web", path, "--no-browser"});
    const int client = connect_to(served.url());
    REQUIRE(client >= 0);
    std::atomic<bool> ended = false;
    std::thread sender([&] {
      for (int i = 0; i < 300 && !ended; i++) {
        if (::send(client, "G", 1, MSG_NOSIGNAL) != 1) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto begin = std::chrono::steady_clock::now();
    if (times == 2) served.send(SIGTERM);
    if (times == 2) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const int code = served.stop(SIGTERM);
    const auto took = std::chrono::steady_clock::now() - begin;
    ended = true;
    sender.join();
    ::close(client);
    CHECK(code == (times == 1 ? 0 : 128 + SIGTERM));
    CHECK(took < std::chrono::seconds(10));
  }
}

// Eight were as many as there were workers: the next request waited five seconds.
TEST_CASE("connections that ask nothing, as browsers make them ahead of need, hold up no request") {
  const TempDir directory;
  const Served served({"web", write_profile(directory), "--no-browser"});
  std::vector<int> idle;
  for (int i = 0; i < 12; i++) idle.push_back(connect_to(served.url()));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until each has its worker
  const auto begin = std::chrono::steady_clock::now();
  const int client = connect_to(served.url());
  const std::string request = "GET /top.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(::send(client, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()));
  char answer[12] = {};
  CHECK(::recv(client, answer, sizeof answer, MSG_WAITALL) == sizeof answer);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  ::close(client);
  for (const int fd : idle) ::close(fd);
}

// It had a second from the connection on: on a loaded machine some got an empty reply.
TEST_CASE("a client that asks a little after it connected is answered") {
  const TempDir directory;
  const Served served({"web", write_profile(directory), "--no-browser"});
  const int client = connect_to(served.url());
  REQUIRE(client >= 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  const std::string request = "GET /top.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(::send(client, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()));
  char answer[12] = {};
  CHECK(::recv(client, answer, sizeof answer, MSG_WAITALL) == sizeof answer);
  CHECK(std::string(answer, sizeof answer) == "HTTP/1.1 200");
  ::close(client);
}

TEST_CASE("a browser is started only where one can be seen, and its absence is no failure") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  const std::string seen = directory.file("seen");
  prof::test::write(directory.file("browser"),
                    "#!/bin/sh\nprintf '%s' \"$1\" > " + seen + ".new && mv " + seen + ".new " + seen + "\n");
  ::chmod(directory.file("browser").c_str(), 0755);
  struct Case {
    const char* name;
    std::map<std::string, std::string> env;
    bool opens;
  };
  const Case cases[] = {
      {"a desktop",
       {{"DISPLAY", ":9"}, {"SSH_CONNECTION", ""}, {"BROWSER", directory.file("browser")}},
       true},
      {"over ssh",
       {{"DISPLAY", ":9"}, {"SSH_CONNECTION", "a b"}, {"BROWSER", directory.file("browser")}},
       false},
      {"no display",
       {{"DISPLAY", ""},
        {"WAYLAND_DISPLAY", ""},
        {"SSH_CONNECTION", ""},
        {"BROWSER", directory.file("browser")}},
       false},
      {"no such browser",
       {{"DISPLAY", ":9"}, {"SSH_CONNECTION", ""}, {"BROWSER", "/no/such/browser"}},
       false},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    ::unlink(seen.c_str());
    prof::test::Run options;
    options.env = c.env;
    options.signal_after_ms = 1500;
    const auto run = prof::test::run({prof::test::tool("prof"), "web", path}, options);
    CHECK(run.code == 0);
    CHECK(run.err.empty());
    const bool opened = ::access(seen.c_str(), F_OK) == 0;
    CHECK(opened == c.opens);
    if (opened) CHECK_THAT(run.out, Catch::Contains(prof::test::read(seen)));
  }
}

TEST_CASE("prof web says what is wrong before it serves") {
  const TempDir directory;
  const std::string path = write_profile(directory);
  struct Case {
    std::vector<std::string> args;
    int code;
    const char* message;
  };
  const Case cases[] = {
      {{directory.file("none.prof")}, 1, "No such file or directory"},
      {{path, "--http", "here"}, 1, "write PORT, HOST:PORT or [IPV6]:PORT"},
      {{path, "--sample-index", "nothing"}, 1, "'nothing'"},
      {{path, "--port", "99999"}, 2, "65535"},
      {{}, 2, "FILE"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> argv{prof::test::tool("prof"), "web", "--no-browser"};
    argv.insert(argv.end(), c.args.begin(), c.args.end());
    const auto run = prof::test::run(argv);
    CHECK(run.code == c.code);
    CHECK_THAT(run.out + run.err, Catch::Contains(c.message));
  }
}
