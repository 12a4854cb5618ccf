// Where profiles come from: URLs, directories, several at once.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include "tests/e2e/reports/served.h"

using namespace prof::test;
using Catch::Matchers::Contains;

TEST_CASE("a URL may stand wherever a file may, and leaves a copy") {
  TempDir directory;
  Serving<httplib::Server> service;
  serve_profile(*service);
  (*service).Get("/moved", [](const httplib::Request&, httplib::Response& response) {
    response.set_redirect("/debug/pprof/profile");
  });
  service.start();
  const std::string url = service.host() + "/debug/pprof/profile";
  const Outcome top = prof_in(directory, {"top", url});
  CHECK(top.code == 0);
  CHECK_THAT(top.out, Contains("of 100ms total"));
  const std::string saved = directory.file("pprof.app.samples.cpu.001.pb.gz");
  CHECK_THAT(top.err, Contains("Saved profile in " + saved + "\n"));
  CHECK(prof_in(directory, {"top", saved}).out == top.out);

  const std::vector<std::string> commands[] = {{"pprof", "-top", "http://" + url},
                                               {"diff", saved, url},
                                               {"flame", url, "-o", directory.file("f.html")},
                                               {"top", service.host() + "/moved"},
                                               {"pprof", "-top", service.host()},
                                               {"top", "http://" + service.host() + "/"},
                                               {"top", "--base=" + url, saved}};
  for (const auto& command : commands) {
    INFO(command[0]);
    CHECK(prof_in(directory, command).code == 0);
  }
  const Outcome both = prof_in(directory, {"top", url, saved, url});
  CHECK_THAT(both.out, Contains("of 300ms total"));
  CHECK_THAT(both.err, Contains("Saved profile in"));
}

// Answers one request a connection with `answer` and hangs up, without a `Connection: close`, as Python's
// http.server and many others do. It waits for `pause` behind each line.
class HangingUp {
 public:
  explicit HangingUp(std::function<std::string(const std::string& path)> answer,
                     std::chrono::milliseconds pause = {})
      : pause_(pause) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(socket_, general, size) == 0);
    REQUIRE(::listen(socket_, 16) == 0);
    REQUIRE(::getsockname(socket_, general, &size) == 0);
    host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this, answer] { serve(answer); });
  }
  ~HangingUp() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  const std::string& host() const { return host_; }

 private:
  void serve(const std::function<std::string(const std::string&)>& answer) const {
    for (int fd; (fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(fd)) {
      std::string request;
      char bytes[4096];
      for (ssize_t got; request.find("\r\n\r\n") == std::string::npos;) {
        if ((got = ::read(fd, bytes, sizeof bytes)) <= 0) break;
        request.append(bytes, static_cast<size_t>(got));
      }
      const size_t path = request.find(' ') + 1;
      const std::string reply = answer(request.substr(path, request.find(' ', path) - path));
      for (size_t at = 0, end; at < reply.size(); at = end) {
        end = std::min(reply.find('\n', at), reply.size() - 1) + 1;
        if (::send(fd, reply.data() + at, end - at, MSG_NOSIGNAL) < 0) break;
        std::this_thread::sleep_for(pause_);
      }
      // The rest of the request is read: the kernel resets a connection that is closed over unread bytes, and
      // with it may go the answer.
      ::shutdown(fd, SHUT_WR);
      while (::read(fd, bytes, sizeof bytes) > 0) continue;
    }
  }

  std::chrono::milliseconds pause_;
  int socket_ = -1;
  std::string host_;
  std::jthread thread_;
};

TEST_CASE("a redirect was followed on the connection that its server had closed") {
  TempDir directory;
  const std::string profile = prof::encode_profile(program());
  const HangingUp service([&](const std::string& path) -> std::string {
    if (path == "/there")
      return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(profile.size()) + "\r\n\r\n" + profile;
    return "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " +
           std::string(path == "/moved" ? "/there" : path) + "\r\n\r\n";
  });
  for (int i = 0; i < 5; i++) {
    const Outcome top = prof_in(directory, {"top", service.host() + "/moved"});
    CHECK(top.err.find("broke off") == std::string::npos);
    CHECK(top.code == 0);
  }
  const Outcome loop = prof_in(directory, {"top", service.host() + "/loop"});
  CHECK(loop.code == 1);
  CHECK_THAT(loop.err, Contains("it redirects without end"));
}

TEST_CASE("an answer in chunks with trailers was said to have broken off: the HTTP library reads none") {
  TempDir directory;
  const HangingUp service([&](const std::string&) -> std::string {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfull\r\n0\r\nX-Sum: 1\r\n\r\n";
  });
  const Outcome top = prof_in(directory, {"top", service.host() + "/profile"});
  CHECK(top.code == 1);
  CHECK_THAT(top.err, Contains("or fields follow it (trailers)"));
}

TEST_CASE(
    "an answer that came line by line was waited for past --timeout, and its end taken for a whole one") {
  TempDir directory;
  const HangingUp service(
      [&](const std::string& path) -> std::string {
        if (path == "/head")
          return "HTTP/1.1 200 OK\r\nX-A: b\r\nX-B: b\r\nX-C: b\r\nX-D: b\r\nX-E: b\r\nX-F: "
                 "b\r\nContent-Length: 0\r\n\r\n";
        return "HTTP/1.1 200 OK\r\n\r\nheap profile: 0: 0 [0: 0] @ heapprofile\n\n\n\n\n";
      },
      std::chrono::milliseconds(200));
  for (const char* path : {"/head", "/body"}) {
    INFO(path);
    const Outcome top = prof_in(directory, {"top", "--timeout=1", service.host() + path});
    CHECK(top.code == 1);
    CHECK_THAT(top.err, Contains("no whole answer within 1 s"));
  }
}

TEST_CASE("the page of an error was read up to 4 GiB") {
  TempDir directory;
  Serving<httplib::Server> service;
  (*service).Get("/endless", [](const httplib::Request&, httplib::Response& response) {
    response.status = 500;
    response.set_chunked_content_provider("text/plain", [](size_t offset, httplib::DataSink& sink) {
      const std::string text = offset == 0 ? "out of order\n" : std::string(4096, 'y');
      return sink.write(text.data(), text.size());
    });
  });
  service.start();
  const Outcome top = prof_in(directory, {"top", "--timeout=9", service.host() + "/endless"});
  CHECK(top.code == 1);
  CHECK_THAT(top.err, Contains("the server answered 500 Internal Server Error: out of order\n"));
}

// pprof makes it; we said that the copy could not be saved.
TEST_CASE("the directory for copies is made where there is none") {
  TempDir directory;
  Serving<httplib::Server> service;
  serve_profile(*service);
  service.start();
  Run options;
  options.env["PPROF_TMPDIR"] = directory.file("a/b");
  const Outcome top = run({tool("prof"), "top", service.host()}, options);
  CHECK_THAT(top.err, Contains("Saved profile in " + directory.file("a/b/pprof.app.")));
}

TEST_CASE("what goes wrong with a URL is said, with the service's own words") {
  TempDir directory;
  Serving<httplib::Server> service;
  (*service).Get("/gone", [](const httplib::Request&, httplib::Response& response) {
    response.status = 403;
    response.set_content("profiling is off here\nmore", "text/plain");
  });
  (*service).Get("/page", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("<html>hello", "text/html");
  });
  (*service).Get("/slow", [](const httplib::Request&, httplib::Response&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  });
  service.start();
  const struct {
    std::vector<std::string> args;
    const char* message;
  } cases[] = {
      {{"http://127.0.0.1:1/x"}, "cannot fetch http://127.0.0.1:1/x: 127.0.0.1:1: Connection refused"},
      {{"http://no.such.host.invalid/x"}, "cannot find the host no.such.host.invalid"},
      {{service.host() + "/none"}, "the server answered 404 Not Found"},
      {{service.host() + "/gone"}, "the server answered 403 Forbidden: profiling is off here\n"},
      {{service.host() + "/page"}, "it is text, not a pprof profile: `<html>hello`"},
      {{"--timeout=1", service.host() + "/slow"}, "no whole answer within 1 s; allow more with --timeout"},
      {{"--tls_ca=/none.pem", "https://" + service.host()}, "cannot read /none.pem: No such file"},
      {{"https://" + service.host() + "/x"}, "no TLS connection"},
      {{"http://"}, "cannot fetch http://: it names no host"},  // these were called missing files
      {{"http://h:99999/x"}, "its port is '99999'; ports are numbers from 1 to 65535"},
      {{"ftp://h/x"}, "its scheme is ftp; what can be fetched is http://"},
      {{"--seconds=many", service.host()}, "seconds cannot be 'many'; it is a number"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> args = {"top"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const Outcome outcome = prof_in(directory, args);
    INFO(c.message);
    CHECK(outcome.code != 0);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains(c.message));
  }
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("a service names the addresses of its profile, where nothing here does") {
  TempDir directory;
  // A legacy CPU profile: its header, two samples (callers by their return addresses), its maps.
  const auto words = [](const std::vector<uint64_t>& all) {
    return std::string(reinterpret_cast<const char*>(all.data()), all.size() * sizeof(uint64_t));
  };
  const std::string cpu = words({0, 3, 0, 10000, 0, 5, 2, 0x401010, 0x402021, 5, 1, 0x402020, 0, 1, 0}) +
                          "00400000-00500000 r-xp 00000000 00:00 0          /gone/server\n";
  Serving<httplib::Server> service;
  std::mutex mutex;
  std::vector<std::string> asked;
  for (const char* path : {"/pprof/profile", "/silent/pprof/profile"}) {
    (*service).Get(path, [&](const httplib::Request&, httplib::Response& response) {
      response.set_content(cpu, "application/octet-stream");
    });
  }
  (*service).Get("/debug/pprof/goroutine", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content("goroutine profile: total 3\n3 @ 0x401011 0x402021\n", "text/plain");
  });
  for (const char* path : {"/pprof/symbol", "/debug/pprof/symbol"}) {
    (*service).Post(path, [&](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      asked.push_back(request.body);
      response.set_content("num_symbols: 1\n0x401010 _ZN4work4walkEi\n0x402020\tmain\n0x99 other\nxyz\n0x1\n",
                           "text/plain");
    });
  }
  service.start();
  const std::string url = service.host() + "/pprof/profile",
                    silent = service.host() + "/silent/pprof/profile",
                    routines = service.host() + "/debug/pprof/goroutine?debug=1";
  const std::vector<std::string> once = {"0x401010+0x402020"};
  const struct {
    std::vector<std::string> args;
    bool is_named;
  } cases[] = {{{"top", url}, true},
               {{"top", "--symbolize=remote", url}, true},
               {{"top", "--symbolize=force", url}, true},
               {{"top", "--symbolize=local", url}, false},
               {{"top", "--symbolize=fastlocal", url}, false},
               {{"top", "--symbolize=none", url}, false},
               {{"pprof", "-top", url}, true},
               {{"pprof", "-symbolize=local", "-top", url}, false},
               {{"top", routines}, true},
               {{"pprof", "-top", routines}, true},
               {{"top", url, url}, true}};
  for (const auto& c : cases) {
    asked.clear();
    const Outcome outcome = prof_in(directory, c.args);
    CAPTURE(c.args, outcome.out, outcome.err);
    CHECK(outcome.code == 0);
    CHECK((outcome.out.find("work::walk") != std::string::npos) == c.is_named);
    CHECK((outcome.out.find("main") != std::string::npos) == c.is_named);
    CHECK(asked == (c.is_named ? once : std::vector<std::string>()));
    if (c.is_named) CHECK_THAT(outcome.err, !Contains("warning"));
    CHECK_THAT(outcome.out, !Contains("http"));  // the mapping of the goroutines stays nameless
  }
  // The copy has the names: nobody is asked again.
  asked.clear();
  CHECK_THAT(prof_in(directory, {"top", directory.file("pprof.server.samples.cpu.001.pb.gz")}).out,
             Contains("work::walk"));
  CHECK(asked.empty());

  const Outcome unanswered = prof_in(directory, {"top", silent});
  CHECK(unanswered.code == 0);
  CHECK_THAT(unanswered.err, Contains("prof: warning: no symbols of the service: ") &&
                                 Contains("/silent/pprof/symbol: the server answered 404 Not Found"));
}

TEST_CASE("a service that takes addresses by GET alone (Go from 1.22 on) named none: it answered 405") {
  TempDir directory;
  std::string routines = "goroutine profile: total 1000\n";
  for (int i = 0; i < 1000; i++) routines += fmt::format("1 @ {:#x}\n", 0x401001 + 16 * i);
  Serving<httplib::Server> service;
  (*service).Get("/debug/pprof/goroutine", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(routines, "text/plain");
  });
  // With a reader of its own: httplib refuses larger forms.
  (*service).Post("/debug/pprof/symbol", [](const httplib::Request&, httplib::Response& response,
                                            const httplib::ContentReader& content) {
    content([](const char*, size_t) { return true; });
    response.status = 405;
  });
  std::mutex mutex;
  std::vector<size_t> sizes;
  (*service).Get("/debug/pprof/symbol", [&](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    sizes.push_back(request.target.size());
    std::istringstream addresses(request.target.substr(request.target.find('?') + 1));
    std::string names = "num_symbols: 1\n";
    for (std::string address; std::getline(addresses, address, '+');)
      names += fmt::format("{0} f_{0}\n", address);
    response.set_content(names, "text/plain");
  });
  service.start();
  const Outcome outcome =
      prof_in(directory, {"top", "--trim=false", service.host() + "/debug/pprof/goroutine?debug=1"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, !Contains("warning"));
  size_t named = 0;
  for (size_t at = 0; (at = outcome.out.find("f_0x40", at)) != std::string::npos; at++) named++;
  CHECK(named == 1000);
  CHECK(sizes.size() == 2);
  for (const size_t size : sizes) CHECK(size < 8000);
}

TEST_CASE("a name server that does not answer held a fetch far beyond its --timeout") {
  const TempDir directory;
  const int server = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);  // takes questions, and that is all
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  constexpr const char* kServer = "127.83.71.53";
  ::inet_pton(AF_INET, kServer, &address.sin_addr);
  const bool is_bound = ::bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  write(directory.file("resolv.conf"), std::string("nameserver ") + kServer + "\n");
  write(directory.file("nsswitch.conf"), "hosts: files dns\n");
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  const auto fetch = [&](const std::string& environment) {
    return run({"unshare", "-m", "sh", "-c",
                "mount --bind resolv.conf /etc/resolv.conf && mount --bind nsswitch.conf /etc/nsswitch.conf "
                "|| exit 99; " +
                    environment + " exec \"$PROF\" top --timeout=1 http://service.example/x"},
               options);
  };
  for (const std::string environment : {"", "http_proxy=http://proxy.example:3128"}) {
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = is_bound ? fetch(environment) : Outcome();
    if (!is_bound || outcome.code == 99 || outcome.err.starts_with("unshare:")) {
      WARN("skipped: no permission to be a name server, or to mount");
      break;
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    CHECK(elapsed.count() < 4);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains("cannot fetch http://service.example/x: no whole answer within 1 s"));
  }
  ::close(server);
}

TEST_CASE("a service is asked at whichever of its host's addresses takes a connection") {
  TempDir directory;
  Serving<httplib::Server> service;  // localhost may be ::1 first
  serve_profile(*service);
  service.start();
  const std::string port = service.host().substr(service.host().find(':'));
  CHECK(prof_in(directory, {"top", "http://localhost" + port}).code == 0);
}

TEST_CASE("a proxy is asked where the environment names one") {
  TempDir directory;
  Serving<httplib::Server> proxy;
  std::string asked;
  (*proxy).Get(".*", [&](const httplib::Request& request, httplib::Response& response) {
    asked = request.path;
    response.set_content(prof::encode_profile(program()), "application/octet-stream");
  });
  proxy.start();
  Run options;
  options.env["http_proxy"] = "http://" + proxy.host();
  CHECK(prof_in(directory, {"top", "http://service.invalid:6060/heap"}, options).code == 0);
  CHECK_THAT(asked, Contains("service.invalid:6060/heap"));
}

TEST_CASE("a terminal sees what is waited for, and Ctrl-C ends it at once") {
  TempDir directory;
  Serving<httplib::Server> service;
  (*service).Get("/slow", [](const httplib::Request&, httplib::Response&) {
    std::this_thread::sleep_for(std::chrono::seconds(3));
  });
  service.start();
  Run options;
  options.terminal = true;
  options.signal_after_ms = 1000;
  const Outcome outcome = prof_in(directory, {"top", service.host() + "/slow?seconds=9"}, options);
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.out, Contains("Fetching http://" + service.host() + "/slow?seconds=9 (0 of 9 s)"));
}

TEST_CASE("a directory is the profiles in it") {
  TempDir directory;
  const std::string inside = directory.file("profiles");
  std::filesystem::create_directory(inside);
  for (const char* name : {"/a.prof", "/b.prof", "/.hidden"})
    write(inside + name, prof::encode_profile(program()));
  const Outcome two = prof_in(directory, {"top", inside});
  CHECK(two.code == 0);
  CHECK_THAT(two.out, Contains("of 200ms total"));
  write(inside + "/notes.txt", "buy milk\n");
  const Outcome noted = prof_in(directory, {"top", inside});
  CHECK_THAT(noted.out, Contains("of 200ms total"));
  CHECK_THAT(noted.err, Contains("notes.txt") && Contains("read 2 source profiles out of 3"));
}

TEST_CASE("a directory without profiles was said to be no file") {
  TempDir directory;
  std::filesystem::create_directories(directory.file("profiles/deeper"));
  const Outcome none = prof_in(directory, {"top", directory.file("profiles")});
  CHECK(none.code == 1);
  CHECK_THAT(none.err, Contains("profiles: the directory holds no profiles; "));
}

TEST_CASE("profiles of a Go service") {
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  TempDir directory;
  write(directory.file("main.go"), read(source("tests/e2e/reports/service.go")));
  Run build;
  build.directory = directory.path();
  build.timeout_seconds = 280;
  build.env = {{"GOFLAGS", "-mod=mod"}, {"GO111MODULE", "off"}};
  REQUIRE(run({"go", "build", "-o", "service", "main.go"}, build).code == 0);
  const struct {
    const char* path;
    const char* type;
  } cases[] = {{"profile?seconds=1", "Type: cpu"},
               {"heap", "Type: inuse_space"},
               {"mutex", "Type: delay"},
               {"goroutine", "Type: goroutine"},
               {"goroutine?debug=1", "Type: goroutine"}};
  std::string script = "./service > address & pid=$!; while ! [ -s address ]; do sleep 0.05; done; ";
  for (const auto& c : cases) {
    script += tool("prof") + " top \"$(cat address)/debug/pprof/" + c.path + "\" 2>/dev/null || exit 1; ";
  }
  Run options;
  options.directory = directory.path();
  options.env["PPROF_TMPDIR"] = directory.path();
  const Outcome outcome = run({"sh", "-c", script + "kill $pid"}, options);
  CHECK(outcome.code == 0);
  for (const auto& c : cases) CHECK_THAT(outcome.out, Contains(c.type));
  CHECK_THAT(outcome.out, Contains("main.work"));
}
