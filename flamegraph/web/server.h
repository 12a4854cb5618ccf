// Serves a Site over HTTP, to this machine only unless told otherwise.
#pragma once

#include <memory>
#include <string>

#include "flamegraph/web/site.h"
#include "libprof/base/error.h"

namespace prof::flame::web {

struct Address {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any that is free
};

// "8080", ":8080", "localhost:8080", "[::1]:8080".
Result<Address> parse_address(const std::string& text);

// Whether a request's Host header names this machine: what a page of another site, whose name was made to
// resolve to 127.0.0.1, cannot do (DNS rebinding).
bool is_local_host(std::string_view host_header);

class Server {
 public:
  // Listens and answers from threads of its own. On a loopback address only local clients and local Host
  // headers are answered. Fails where the address cannot be had. `site` must outlive the Server.
  static Result<std::unique_ptr<Server>> start(Site& site, const Address& address);
  ~Server();  // stops: requests under way are finished
  const std::string& url() const { return url_; }

 private:
  struct Http;
  explicit Server(std::unique_ptr<Http> http);
  std::unique_ptr<Http> http_;
  std::string url_;
};

}  // namespace prof::flame::web
