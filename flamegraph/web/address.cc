#include "flamegraph/web/address.h"

#include <fmt/format.h>

#include <charconv>

namespace prof::flame::web {

Result<Address> parse_address(const std::string& text) {
  Address address;
  const size_t colon = text.rfind(':');
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool any = port.empty() && colon != std::string::npos;  // "HOST:" and ":"
  const bool number = any || (error == std::errc() && end == port.data() + port.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const bool ambiguous = host.find(':') != std::string::npos && text.front() != '[';
  if (!number || address.port < 0 || address.port > 65535 || ambiguous) {
    return fail(fmt::format("\"{}\" is no address to listen on", text),
                "write PORT, HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535");
  }
  if (!host.empty()) address.host = host;
  return address;
}

bool is_local_host(std::string_view host, std::string_view listened) {
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == listened;
}

bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

}  // namespace prof::flame::web
