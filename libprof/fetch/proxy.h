// Which proxy a request goes through, by the environment, as curl and Go's programs have it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libprof/fetch/url.h"

namespace prof::fetch {

using Environment = std::function<const char*(const char* name)>;  // ::getenv, or a test's

// http_proxy or HTTP_PROXY for http, https_proxy or HTTPS_PROXY for https; nothing where none is set, where
// `url` is of this machine, or where no_proxy or NO_PROXY names its host: "*", or a list of hosts and domains
// ("example.com" and ".example.com" are also all their subdomains; ":port" restricts one) and of IPv4
// networks.
std::optional<Url> proxy_for(const Url& url, const Environment& environment);

}  // namespace prof::fetch
