#include "libprof/fetch/client.h"

#include <fmt/format.h>
#include <httplib.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "libprof/fetch/client_certificate.h"
#include "libprof/fetch/pipe_signal.h"
#include "libprof/fetch/proxy.h"
#include "libprof/fetch/watchdog.h"

namespace prof::fetch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxRedirects = 20;
constexpr uint64_t kMaxRefusal = 64 << 10;  // of the body of what is no 200 answer only a line is shown

// Why a connection to `url` fails: httplib says only that it does.
std::string connection_failure(const Url& url) {
  std::string host = url.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
      error != 0) {
    return fmt::format("cannot find the host {}: {}", url.host, ::gai_strerror(error));
  }
  int reason = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int fd =
        ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
    if (fd < 0) continue;
    if (::connect(fd, one->ai_addr, one->ai_addrlen) != 0) reason = errno;
    if (reason == EINPROGRESS) {
      pollfd ready = {fd, POLLOUT, 0};
      socklen_t size = sizeof reason;
      if (::poll(&ready, 1, 1000) == 1) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size);
    }
    ::close(fd);
    if (reason != 0 && reason != EINPROGRESS) break;
  }
  ::freeaddrinfo(found);
  if (reason == 0 || reason == EINPROGRESS) return "no connection";
  return fmt::format("{}:{}: {}", url.host, url.port, std::strerror(reason));
}

// The first line of what the server says about its refusal: never a page of HTML.
std::string excerpt(const std::string& body) {
  std::string line = body.substr(0, std::min<size_t>(body.find_first_of("\r\n"), 200));
  if (line.find('<') != std::string::npos) return "";
  const bool is_text =
      std::all_of(line.begin(), line.end(), [](unsigned char c) { return c >= ' ' && c != 0x7f; });
  return is_text && !line.empty() ? ": " + line : "";
}

void set_up(httplib::Client& client, const Url& url, const std::optional<Url>& proxy, const Options& options,
            int timeout) {
  client.set_connection_timeout(std::min(timeout, 30));
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  client.enable_server_certificate_verification(url.is_verified);
  if (!options.tls_ca.empty()) client.set_ca_cert_path(options.tls_ca);
  const auto basic = [](const std::string& user, auto&& set) {
    if (user.empty()) return;
    const size_t colon = std::min(user.find(':'), user.size());
    set(user.substr(0, colon), user.substr(std::min(colon + 1, user.size())));
  };
  basic(url.user, [&](const auto& name, const auto& password) { client.set_basic_auth(name, password); });
  if (!proxy) return;
  client.set_proxy(proxy->host, proxy->port);
  basic(proxy->user,
        [&](const auto& name, const auto& password) { client.set_proxy_basic_auth(name, password); });
}

// Of a TLS connection that broke off: where it is one of certificates, ours or the server's.
std::optional<Error> certificate_failure(const Url& url, const ClientCertificate& certificate,
                                         bool in_request) {
  const std::string cannot = "cannot fetch " + url.text() + ": ";
  if (std::string reason; certificate.is_refused(in_request, reason)) {
    return Error{cannot + "the server does not take our certificate" + (reason.empty() ? "" : ": " + reason),
                 "--tls_cert=FILE and --tls_key=FILE name it"};
  }
  if (!certificate.is_asked_for()) return std::nullopt;
  return Error{cannot + "the server wants a client certificate",
               "name yours with --tls_cert=FILE and --tls_key=FILE"};
}

tl::unexpected<Error> failure(const Url& url, const std::optional<Url>& proxy, httplib::Error error,
                              const ClientCertificate& certificate, bool is_late, int timeout) {
  const std::string cannot = "cannot fetch " + url.text() + ": ";
  const Url& peer = proxy ? *proxy : url;
  const std::string through = proxy ? " through the proxy " + proxy->origin() : "";
  if (is_late) {
    return fail(cannot + fmt::format("no whole answer within {} s{}", timeout, through),
                "allow more with --timeout=SECONDS");
  }
  if (error == httplib::Error::SSLConnection || error == httplib::Error::Read ||
      error == httplib::Error::Write) {
    if (url.is_verified && !certificate.is_for_trusted()) {
      error = httplib::Error::SSLServerVerification;
    } else if (const auto why = certificate_failure(url, certificate, error == httplib::Error::Write)) {
      return tl::unexpected(*why);
    }
  }
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return fail(cannot + connection_failure(peer) + through,
                  "is the service running, and is this its port?");
    case httplib::Error::SSLServerVerification:
      return fail(cannot + "its certificate cannot be verified",
                  "name whom to trust with --tls_ca=FILE, or write https+insecure://");
    case httplib::Error::SSLLoadingCerts:
      return fail(cannot + "the files of --tls_cert, --tls_key or --tls_ca cannot be used",
                  "they are PEM files");
    case httplib::Error::SSLConnection:
      return fail(cannot + "no TLS connection" + through, "does the service speak https on this port?");
    default:
      return fail(cannot + "the connection broke off before the whole answer was there" + through,
                  "try again");
  }
}

// What cannot stand in the first line of a request, in percents. httplib's own way escapes "+", too, between
// which services of symbols read addresses.
std::string escaped(const std::string& target) {
  std::string out;
  for (const char c : target) {
    const bool is_plain = c > ' ' && c < 0x7f;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

struct Answer {
  int status = 0;
  std::string reason, body, location;
};

Result<Answer> send_once(const Url& url, const Options& options, const std::optional<std::string>& body,
                         Clock::time_point deadline, int timeout) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
  const auto proxy = proxy_for(url, [](const char* name) -> const char* { return std::getenv(name); });
  const NoPipeSignal no_pipe_signal;
  httplib::Client client(url.origin(), options.tls_cert, options.tls_key);
  ClientCertificate certificate(!options.tls_cert.empty());
  if (!client.is_valid()) {
    return failure(url, proxy, httplib::Error::SSLLoadingCerts, certificate, false, timeout);
  }
  if (url.is_https) certificate.watch(client.ssl_context());
  set_up(client, url, proxy, options, std::max(1, static_cast<int>(left.count())));

  Watchdog watchdog(deadline);
  client.set_socket_options([&](socket_t socket) { watchdog.watch(socket); });

  httplib::Request request;
  request.method = body ? "POST" : "GET";
  client.set_url_encode(false);
  request.path = escaped(url.target());
  request.set_header("User-Agent", "prof/" PROF_VERSION);
  if (body) {
    request.body = *body;
    request.set_header("Content-Type", "application/x-www-form-urlencoded");
  }
  Answer answer;
  const auto take_head = [&](const httplib::Response& response) {
    answer.status = response.status;
    answer.reason = response.reason;
    answer.location = response.get_header_value("Location");
  };
  bool is_chunked = false, is_large = false;
  request.response_handler = [&](const httplib::Response& response) {
    take_head(response);
    is_chunked = response.get_header_value("Transfer-Encoding") == "chunked";
    return true;
  };
  request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    is_large = answer.body.size() + size > (answer.status == 200 ? options.max_bytes : kMaxRefusal);
    if (is_large) return false;
    answer.body.append(data, size);
    return true;
  };
  const auto result = client.send(request);
  if (is_large) {
    if (answer.status != 200) return answer;
    return fail(fmt::format("cannot fetch {}: it sends more than {} bytes", url.text(), options.max_bytes));
  }
  const bool is_late = watchdog.has_fired() || (!result && Clock::now() >= deadline);
  if (result && !is_late) {
    take_head(*result);
    return answer;
  }
  if (is_chunked && !is_late && result.error() == httplib::Error::Read) {
    return fail(
        "cannot fetch " + url.text() +
            ": the connection broke off before the whole answer was there, or fields follow it (trailers), "
            "which the HTTP library does not read",
        "try again; where the service sends trailers, fetch it with `curl -o FILE`");
  }
  const ClientCertificate no_matter(false);  // to a server that has begun to answer
  return failure(url, proxy, result.error(), answer.status == 0 ? certificate : no_matter, is_late, timeout);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Each redirect on a connection of its own: many servers close theirs after the answer without saying so.
Result<std::string> send(Url url, const Options& options, std::optional<std::string> body, int& status) {
  const int timeout = timeout_seconds(url, options);
  const auto deadline = Clock::now() + std::chrono::seconds(timeout);
  for (int hops = 0; hops <= kMaxRedirects; hops++) {
    auto answer = send_once(url, options, body, deadline, timeout);
    if (!answer) return tl::unexpected(answer.error());
    status = answer->status;
    if (answer->status == 200) return std::move(answer->body);
    const auto next = is_redirect(answer->status) ? redirected(url, answer->location) : std::nullopt;
    if (!next) {
      return fail(fmt::format("cannot fetch {}: the server answered {} {}{}", url.text(), answer->status,
                              answer->reason, excerpt(answer->body)),
                  answer->status == 404 ? "check the path: Go services have theirs under /debug/pprof/" : "");
    }
    if (answer->status == 303) body.reset();
    url = *next;
  }
  return fail("cannot fetch " + url.text() + ": it redirects without end");
}

}  // namespace
}  // namespace prof::fetch

void prof_fetch_send(const prof::fetch::Url& url, const prof::fetch::Options& options,
                     const std::optional<std::string>& body, prof::Result<std::string>& answer, int& status) {
  answer = prof::fetch::send(url, options, body, status);
}
