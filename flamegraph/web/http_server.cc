#include "flamegraph/web/http_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "flamegraph/web/connection.h"

namespace prof::flame::web {
namespace {

constexpr size_t kWorkers = 32;  // most of them wait for what browsers connect ahead of need

// Only of addresses in the way of which the remedy is another port.
std::string remedy_of(int error, const Address& address) {
  if (error == EADDRINUSE)
    return fmt::format("stop what listens there, or choose another with --port ({} is taken)", address.port);
  if (error == EACCES) return "ports below 1024 need privileges; choose another with --port";
  return "check the address given with --http";
}

// One request a connection: an idle browser then holds no worker for long.
class OncePerConnection final : public httplib::Server {
 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket);
    bool is_closed = false;
    const bool done = process_request(connection, true, is_closed, nullptr);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return done;
  }
};

class HttpServer final : public Server {
 public:
  Result<void> listen(const Handler& handler, const Address& address);
  ~HttpServer() override;

 private:
  OncePerConnection http_;
  std::thread thread_;
};

HttpServer::~HttpServer() {
  http_.stop();
  if (thread_.joinable()) thread_.join();
}

Result<void> HttpServer::listen(const Handler& handler, const Address& address) {
  // The default would share the port with another server of ours instead of failing.
  http_.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  http_.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
  http_.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                             {"X-Frame-Options", "DENY"},
                             {"Referrer-Policy", "no-referrer"},
                             {"Cross-Origin-Resource-Policy", "same-origin"},
                             {"Cache-Control", "no-store"}});
  const std::string listened = is_loopback(address.host) ? address.host : "";
  // Refuses before a body is read, which httplib would keep in memory whatever its size.
  http_.set_pre_routing_handler([listened](const httplib::Request& request, httplib::Response& response) {
    if (!listened.empty() &&
        !(is_loopback(request.remote_addr) && is_local_host(request.get_header_value("Host"), listened))) {
      response.status = 403;
      response.set_content(
          fmt::format("prof web answers programs of this machine that ask for localhost or {}\n", listened),
          "text/plain");
      return httplib::Server::HandlerResponse::Handled;
    }
    if (request.method != "GET" && request.method != "HEAD") {
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      return httplib::Server::HandlerResponse::Handled;
    }
    return httplib::Server::HandlerResponse::Unhandled;
  });
  http_.Get(".*", [handler](const httplib::Request& request, httplib::Response& response) {
    const auto answer = handler(request.path, request.params);
    response.status = answer->status;
    response.set_content(answer->body, answer->type);
  });

  errno = 0;
  const int port = address.port == 0                                ? http_.bind_to_any_port(address.host)
                   : http_.bind_to_port(address.host, address.port) ? address.port
                                                                    : -1;
  if (port < 0) {
    const int error = errno;
    return fail(fmt::format("cannot listen on {}:{}{}{}", address.host, address.port, error != 0 ? ": " : "",
                            error != 0 ? std::strerror(error) : ""),
                remedy_of(error, address));
  }
  const bool ipv6 = address.host.find(':') != std::string::npos;
  url_ = fmt::format("http://{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "", port);
  thread_ = std::thread([this] { http_.listen_after_bind(); });
  while (!http_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return {};
}

}  // namespace
}  // namespace prof::flame::web

void prof_web_start(const prof::flame::web::Handler& handler, const prof::flame::web::Address& address,
                    prof::Result<std::unique_ptr<prof::flame::web::Server>>& server) {
  auto http = std::make_unique<prof::flame::web::HttpServer>();
  if (auto listening = http->listen(handler, address); !listening) {
    server = tl::unexpected(std::move(listening).error());
  } else {
    server = std::move(http);
  }
}
