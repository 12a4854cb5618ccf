#include "libprof/fetch/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace prof::fetch {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string variable(const Environment& environment, const char* lower_name, const char* upper_name) {
  for (const char* name : {lower_name, upper_name}) {
    if (const char* value = environment(name); value != nullptr && *value != '\0') return value;
  }
  return "";
}

std::optional<uint32_t> ipv4(const std::string& text) {
  in_addr address = {};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool is_loopback(const std::string& host) {
  const auto address = ipv4(host);
  return host == "localhost" || host == "[::1]" || (address && *address >> 24 == 127);
}

// "10.0.0.0/8" has 10.1.2.3.
bool is_in_network(const std::string& host, std::string_view network) {
  const size_t slash = network.find('/');
  const auto address = ipv4(host), base = ipv4(std::string(network.substr(0, slash)));
  if (slash == std::string_view::npos || !address || !base) return false;
  unsigned bits = 0;
  const std::string_view digits = network.substr(slash + 1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), bits).ec != std::errc() || bits > 32)
    return false;
  return bits == 0 || (*address ^ *base) >> (32 - bits) == 0;
}

bool is_named(const Url& url, std::string_view entry) {
  if (entry == "*") return true;
  const std::string host = lower(url.host);
  if (is_in_network(host, entry)) return true;
  if (const size_t colon = entry.rfind(':'); colon != std::string_view::npos && !entry.ends_with(']')) {
    if (entry.substr(colon + 1) != std::to_string(url.port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  const std::string name = lower(entry);
  if (name.empty()) return false;
  if (name[0] == '.') return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

}  // namespace

std::optional<Url> proxy_for(const Url& url, const Environment& environment) {
  const std::string value = url.is_https ? variable(environment, "https_proxy", "HTTPS_PROXY")
                                         : variable(environment, "http_proxy", "HTTP_PROXY");
  if (value.empty() || is_loopback(lower(url.host))) return std::nullopt;
  const std::string exceptions = variable(environment, "no_proxy", "NO_PROXY");
  for (size_t at = 0; at < exceptions.size();) {
    const size_t end = std::min(exceptions.find_first_of(", ", at), exceptions.size());
    if (is_named(url, std::string_view(exceptions).substr(at, end - at))) return std::nullopt;
    at = end + 1;
  }
  return parse_url(value);
}

}  // namespace prof::fetch
