#include "flamegraph/web/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>

namespace prof::flame::web {
namespace {

constexpr size_t kWorkers = 4;

bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

// Only of addresses in the way of which the remedy is another port.
std::string remedy_of(int error, const Address& address) {
  if (error == EADDRINUSE)
    return fmt::format("stop what listens there, or choose another with --port ({} is taken)", address.port);
  if (error == EACCES) return "ports below 1024 need privileges; choose another with --port";
  return "check the address given with --http";
}

}  // namespace

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

bool is_local_host(std::string_view host) {
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

struct Server::Http {
  httplib::Server server;
  std::thread thread;
};

Server::Server(std::unique_ptr<Http> http) : http_(std::move(http)) {}

Server::~Server() {
  http_->server.stop();
  if (http_->thread.joinable()) http_->thread.join();
}

Result<std::unique_ptr<Server>> Server::start(Site& site, const Address& address) {
  auto server = std::unique_ptr<Server>(new Server(std::make_unique<Http>()));
  httplib::Server& http = server->http_->server;
  // The default would share the port with another server of ours instead of failing.
  http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  http.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
  // One request a connection: an idle browser then neither holds a worker nor delays the end.
  http.set_keep_alive_max_count(1);
  http.set_keep_alive_timeout(1);
  http.set_read_timeout(5);
  http.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                            {"X-Frame-Options", "DENY"},
                            {"Referrer-Policy", "no-referrer"},
                            {"Cross-Origin-Resource-Policy", "same-origin"},
                            {"Cache-Control", "no-store"}});
  const bool local = is_loopback(address.host);
  http.set_pre_routing_handler([local](const httplib::Request& request, httplib::Response& response) {
    if (!local) return httplib::Server::HandlerResponse::Unhandled;
    if (is_loopback(request.remote_addr) && is_local_host(request.get_header_value("Host"))) {
      return httplib::Server::HandlerResponse::Unhandled;
    }
    response.status = 403;
    response.set_content("prof web answers programs of this machine that ask for localhost or 127.0.0.1\n",
                         "text/plain");
    return httplib::Server::HandlerResponse::Handled;
  });
  http.Get(".*", [&site](const httplib::Request& request, httplib::Response& response) {
    const auto answer = site.get(request.path, request.params);
    response.status = answer->status;
    response.set_content(answer->body, answer->type);
  });

  errno = 0;
  const int port = address.port == 0                               ? http.bind_to_any_port(address.host)
                   : http.bind_to_port(address.host, address.port) ? address.port
                                                                   : -1;
  if (port < 0) {
    const int error = errno;
    return fail(fmt::format("cannot listen on {}:{}{}{}", address.host, address.port, error != 0 ? ": " : "",
                            error != 0 ? std::strerror(error) : ""),
                remedy_of(error, address));
  }
  const bool ipv6 = address.host.find(':') != std::string::npos;
  server->url_ = fmt::format("http://{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "", port);
  server->http_->thread = std::thread([&http] { http.listen_after_bind(); });
  while (!http.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return server;
}

}  // namespace prof::flame::web
