// The addresses of a host, and what is wrong with them. Of itself getaddrinfo() waits for name servers as
// long as /etc/resolv.conf lets it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libprof/fetch/url.h"

namespace prof::fetch {

struct Lookup {
  std::vector<std::string> addresses;  // "127.0.0.1", "::1": in the order in which they are to be tried
  std::string failure;                 // why there are none; "" where the time was up
};

// Of the host of `url`. What is asked for when the time is up is left behind, to a thread of libc's.
Lookup look_up(const Url& url, std::chrono::steady_clock::time_point deadline);

// Without the brackets that an IPv6 address has in a URL.
std::string bare_host(const Url& url);

// Why a connection to `url`, of these addresses, fails: httplib says only that it does.
std::string connection_failure(const Url& url, const std::vector<std::string>& addresses);

}  // namespace prof::fetch
