#include "libprof/fetch/url.h"

#include <catch2/catch.hpp>
#include <map>

#include "libprof/fetch/fetch.h"
#include "libprof/fetch/proxy.h"

using namespace prof::fetch;

TEST_CASE("what is a URL, and of what it consists") {
  const struct {
    const char* typed;
    const char* text;  // nullptr: none
  } cases[] = {
      {"http://h:6060/debug/pprof/heap", "http://h:6060/debug/pprof/heap"},
      {"h:6060/debug/pprof/heap?seconds=5", "http://h:6060/debug/pprof/heap?seconds=5"},
      {"localhost:8080", "http://localhost:8080/"},
      {"https://h/x", "https://h/x"},
      {"HTTPS://h/x", "https://h/x"},
      {"https+insecure://h:443/x#part", "https+insecure://h/x"},
      {"http://me:p%40ss@h/x", "http://h/x"},
      {"http://[::1]:99/x", "http://[::1]:99/x"},
      {"http://h?a=b", "http://h/?a=b"},
      {"cpu.prof", nullptr},
      {"dir/cpu.prof", nullptr},
      {"h:port/x", nullptr},
      {"h:70000/x", nullptr},
      {"http:///x", nullptr},
      {"http://a b/x", nullptr},
      {"a*.prof", nullptr},
      {"-", nullptr},
      {"", nullptr},
  };
  for (const auto& c : cases) {
    INFO(c.typed);
    const auto url = parse_url(c.typed);
    REQUIRE(url.has_value() == (c.text != nullptr));
    if (url) CHECK(url->text() == c.text);
  }
  CHECK(parse_url("http://me:p%40ss@h/x")->user == "me:p@ss");
  CHECK_FALSE(parse_url("https+insecure://h/x")->is_verified);
}

TEST_CASE("what is wrong with a URL") {
  const struct {
    const char *typed, *flaw;  // nullptr: nothing
  } cases[] = {
      {"http://", "cannot fetch http://: it names no host"},
      {"http:///x", "cannot fetch http:///x: it names no host"},
      {"http://:80/x", "cannot fetch http://:80/x: it names no host"},
      {"http://h:99999/x", "cannot fetch http://h:99999/x: its port is '99999'"},
      {"http://me:secret@h:99999/x@y", "cannot fetch http://h:99999/x@y: its port is '99999'"},
      {"http://h:/x", "cannot fetch http://h:/x: its port is ''"},
      {"ftp://h/x", "cannot fetch ftp://h/x: its scheme is ftp"},
      {"http://a b/x", "cannot fetch http://a b/x: no host has the name 'a b'"},
      {"http://h/x", nullptr},
      {"h:99999/x", nullptr},
      {"dir/cpu.prof", nullptr},
      {"", nullptr},
  };
  for (const auto& c : cases) {
    INFO(c.typed);
    const auto flaw = url_flaw(c.typed);
    REQUIRE(flaw.has_value() == (c.flaw != nullptr));
    if (flaw) CHECK(flaw->what == c.flaw);
  }
}

TEST_CASE("seconds and timeout, as pprof has them") {
  const struct {
    const char* url;
    int seconds, timeout;
    const char* requested;
    int asked, waits;
  } cases[] = {
      {"http://h/p", 0, 0, "http://h/p", 0, 60},
      {"http://h/p?seconds=10", 0, 0, "http://h/p?seconds=10", 10, 15},
      {"http://h/p?seconds=10&x=1", 4, 0, "http://h/p?x=1&seconds=4", 4, 6},
      {"http://h/p?seconds=many", 0, 0, "http://h/p?seconds=many", 0, 60},
      {"http://h/p", 5, 7, "http://h/p?seconds=5", 5, 7},
      {"h:6060", 5, 0, "http://h:6060/debug/pprof/profile?seconds=5", 5, 8},  // was the page at /
      {"http://h/?seconds=2", 0, 0, "http://h/debug/pprof/profile?seconds=2", 2, 3},
  };
  for (const auto& c : cases) {
    INFO(c.url);
    Options options;
    options.seconds = c.seconds;
    options.timeout = c.timeout;
    const Url requested = request_url(*parse_url(c.url), options);
    CHECK(requested.text() == c.requested);
    CHECK(asked_seconds(requested) == c.asked);
    CHECK(timeout_seconds(requested, options) == c.waits);
  }
}

TEST_CASE("where a redirect leads") {
  const struct {
    const char* location;
    const char* text;  // nullptr: nowhere
    const char* user;
  } cases[] = {
      {"/b?c=d", "http://h:6060/b?c=d", "me:p"},
      {"b", "http://h:6060/x/b", "me:p"},
      {"?seconds=1", "http://h:6060/x/a?seconds=1", "me:p"},
      {"http://h:6060/b#there", "http://h:6060/b", "me:p"},
      {"//other:1/b", "http://other:1/b", ""},
      {"https://h/b", "https://h/b", ""},
      {"http://you@h:6060/b", "http://h:6060/b", "you"},
      {"ftp://h/b", nullptr, ""},
      {"http:///b", nullptr, ""},
      {"", nullptr, ""},
  };
  for (const auto& c : cases) {
    INFO(c.location);
    const auto next = redirected(*parse_url("http://me:p@h:6060/x/a?y=z"), c.location);
    REQUIRE(next.has_value() == (c.text != nullptr));
    if (!next) continue;
    CHECK(next->text() == c.text);
    CHECK(next->user == c.user);
  }
  CHECK_FALSE(redirected(*parse_url("https+insecure://h/a"), "https://h/b")->is_verified);
}

TEST_CASE("redirects to a path that has a URL in its query, or dot segments") {
  const struct {
    const char* location;
    const char* text;
  } cases[] = {
      {"/ok?next=http://foo.com/x", "http://h/ok?next=http://foo.com/x"},
      {"ok?next=http://foo.com/x", "http://h/dot/a/ok?next=http://foo.com/x"},
      {"?next=http://foo.com/x", "http://h/dot/a/b?next=http://foo.com/x"},
      {"HTTP://other/x", "http://other/x"},
      {"Https://other/x", "https://other/x"},
      {"../../ok", "http://h/ok"},
      {"../ok", "http://h/dot/ok"},
      {"./ok", "http://h/dot/a/ok"},
      {"../../../../ok", "http://h/ok"},
      {".", "http://h/dot/a/"},
      {"..", "http://h/dot/"},
      {"/a/./b/../c/..", "http://h/a/"},
      {"/a//../b", "http://h/a/b"},
      {"/.a/..b/c.", "http://h/.a/..b/c."},
      {"/ok?up=/../x", "http://h/ok?up=/../x"},
      {"http://other/a/../b", "http://other/b"},
  };
  for (const auto& c : cases) {
    INFO(c.location);
    const auto next = redirected(*parse_url("http://h/dot/a/b"), c.location);
    REQUIRE(next.has_value());
    CHECK(next->text() == c.text);
  }
}

TEST_CASE("where a service tells the names of addresses") {
  CHECK(symbol_service(*parse_url("h:1/debug/pprof/heap?debug=1")).text() == "http://h:1/debug/pprof/symbol");
  CHECK(symbol_service(*parse_url("h:1/pprof/growth")).text() == "http://h:1/pprof/symbol");
  CHECK(symbol_service(*parse_url("h:1/heapz")).text() == "http://h:1/symbolz");
}

TEST_CASE("proxies, by the environment") {
  using Variables = std::map<std::string, std::string>;
  const struct {
    const char* url;
    Variables variables;
    const char* proxy;  // "": none
  } cases[] = {
      {"http://h/x", {}, ""},
      {"http://h/x", {{"HTTP_PROXY", "http://p:3128"}}, "http://p:3128"},
      {"http://h/x", {{"http_proxy", "p:3128"}, {"HTTP_PROXY", "q:1"}}, "http://p:3128"},
      {"https://h/x", {{"HTTP_PROXY", "p:3128"}}, ""},
      {"https://h/x", {{"HTTPS_PROXY", "p:3128"}}, "http://p:3128"},
      {"http://localhost/x", {{"HTTP_PROXY", "p:1"}}, ""},
      {"http://127.0.0.1:80/x", {{"HTTP_PROXY", "p:1"}}, ""},
      {"http://a.b.c/x", {{"HTTP_PROXY", "p:1"}, {"NO_PROXY", "x, b.c"}}, ""},
      {"http://ab.c/x", {{"HTTP_PROXY", "p:1"}, {"NO_PROXY", "b.c"}}, "http://p:1"},
      {"http://b.c/x", {{"HTTP_PROXY", "p:1"}, {"no_proxy", ".b.c"}}, "http://p:1"},
      {"http://b.c/x", {{"HTTP_PROXY", "p:1"}, {"no_proxy", "*"}}, ""},
      {"http://b.c:80/x", {{"HTTP_PROXY", "p:1"}, {"no_proxy", "b.c:81"}}, "http://p:1"},
      {"http://10.1.2.3/x", {{"HTTP_PROXY", "p:1"}, {"NO_PROXY", "10.0.0.0/8"}}, ""},
      {"http://11.1.2.3/x", {{"HTTP_PROXY", "p:1"}, {"NO_PROXY", "10.0.0.0/8"}}, "http://p:1"},
  };
  for (const auto& c : cases) {
    INFO(c.url);
    const auto proxy = proxy_for(*parse_url(c.url), [&](const char* name) -> const char* {
      const auto found = c.variables.find(name);
      return found == c.variables.end() ? nullptr : found->second.c_str();
    });
    CHECK((proxy ? proxy->origin() : "") == c.proxy);
  }
}
