// Where `prof web` listens, and whom it answers there.
#pragma once

#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace prof::flame::web {

struct Address {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any that is free
};

// "8080", ":8080", "localhost:8080", "[::1]:8080".
Result<Address> parse_address(const std::string& text);

// Whether a request's Host header names this machine, or the host that is `listened` on: what a page of
// another site, whose name was made to resolve to 127.0.0.1, cannot do (DNS rebinding).
bool is_local_host(std::string_view host_header, std::string_view listened);
// Whether an address or host to listen on is this machine's alone.
bool is_loopback(std::string_view address);

}  // namespace prof::flame::web
