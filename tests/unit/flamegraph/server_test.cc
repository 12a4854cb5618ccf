#include "flamegraph/web/server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "libprof/base/descriptor.h"
#include "tests/unit/flamegraph/sample_profile.h"

using namespace prof;
using namespace prof::flame::web;
using prof::test::folded_profile;

TEST_CASE("addresses to listen on") {
  struct Case {
    const char* text;
    const char* host;  // nullptr: refused
    int port;
  };
  const Case cases[] = {{"8080", "127.0.0.1", 8080},
                        {":8080", "127.0.0.1", 8080},
                        {"localhost:0", "localhost", 0},
                        {"[::1]:80", "::1", 80},
                        {"0.0.0.0:65535", "0.0.0.0", 65535},
                        {"host", nullptr, 0},
                        {"host:", "host", 0},
                        {":", "127.0.0.1", 0},
                        {"host:70000", nullptr, 0},
                        {"host:-1", nullptr, 0},
                        {"::1:80", nullptr, 0},
                        {"", nullptr, 0}};
  for (const Case& c : cases) {
    INFO(c.text);
    const auto address = parse_address(c.text);
    REQUIRE(address.has_value() == (c.host != nullptr));
    if (!address) continue;
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
  }
}

TEST_CASE("only names of this machine are local hosts") {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:1", "[::1]", "[::1]:8080"}) {
    CHECK(is_local_host(host, "127.0.0.1"));
  }
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                           "localhost.evil.example:80", "[::2]", "[::1].evil.example"}) {
    INFO(host);
    CHECK_FALSE(is_local_host(host, "127.0.0.1"));
  }
}

TEST_CASE("the server answers local questions and no others") {
  Site site(folded_profile("main;work 5"), "cpu.prof");
  const auto server = Server::start(site, {});
  REQUIRE(server);
  httplib::Client client((*server)->url());
  const auto page = client.Get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->get_header_value("X-Content-Type-Options") == "nosniff");
  CHECK(client.Get("/top.json?n=1")->status == 200);
  CHECK(client.Get("/nothing")->status == 404);
  CHECK(client.Get("/", {{"Host", "evil.example"}})->status == 403);
}

TEST_CASE("a server on another address of this machine did not answer to it") {
  Site site(folded_profile("main;work 5"), "cpu.prof");
  const auto server = Server::start(site, {.host = "127.0.0.2"});
  REQUIRE(server);
  httplib::Client client((*server)->url());
  CHECK(client.Get("/")->status == 200);
  CHECK(client.Get("/", {{"Host", "127.0.0.3"}})->status == 403);
}

TEST_CASE("a body that is sent to the server was kept in memory whatever its size: it is refused unread") {
  Site site(folded_profile("main;work 5"), "cpu.prof");
  const auto server = Server::start(site, {});
  REQUIRE(server);
  httplib::Client client((*server)->url());
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    INFO(method);
    httplib::Request request;
    request.method = method;
    request.path = "/";
    request.set_header("Content-Length", "1000000000");  // and none of it comes
    const auto answer = client.send(request);
    REQUIRE(answer);
    CHECK(answer->status == 405);
    CHECK(answer->get_header_value("Allow") == "GET, HEAD");
  }
  CHECK(client.Head("/")->status == 200);
}

TEST_CASE("a port in use is one clear error") {
  Site site(folded_profile("a 1"), "cpu.prof");
  const auto first = Server::start(site, {});
  REQUIRE(first);
  const std::string port = (*first)->url().substr((*first)->url().rfind(':') + 1);
  const auto second = Server::start(site, parse_address(port).value());
  REQUIRE_FALSE(second);
  CHECK(second.error().message() == "cannot listen on 127.0.0.1:" + port +
                                        ": Address already in use; stop what listens "
                                        "there, or choose another with --port (" +
                                        port + " is taken)");
}

TEST_CASE("a server that stops frees its port at once") {
  Site site(folded_profile("a 1"), "cpu.prof");
  std::string port;
  for (int i = 0; i < 3; i++) {
    const auto server = Server::start(site, i == 0 ? Address{} : parse_address(port).value());
    REQUIRE(server);
    port = (*server)->url().substr((*server)->url().rfind(':') + 1);
    CHECK(httplib::Client((*server)->url()).Get("/top")->status == 200);
  }
}

TEST_CASE("clients that send a byte now and then kept every other one waiting for ever") {
  Site site(folded_profile("main;work 5"), "cpu.prof");
  const auto server = Server::start(site, {});
  REQUIRE(server);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port =
      htons(static_cast<uint16_t>(std::stoi((*server)->url().substr((*server)->url().rfind(':') + 1))));
  std::vector<std::unique_ptr<Descriptor>> slow;
  for (int i = 0; i < 40; i++) {
    slow.push_back(std::make_unique<Descriptor>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    REQUIRE(::connect(slow.back()->get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  const std::jthread sender([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      // Some send nothing at all.
      for (size_t i = 4; i < slow.size(); i++) (void)::send(slow[i]->get(), "G", 1, MSG_NOSIGNAL);
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
  });
  httplib::Client client((*server)->url());
  client.set_read_timeout(20);
  const auto page = client.Get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
}
