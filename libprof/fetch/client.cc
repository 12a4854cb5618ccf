#include "libprof/fetch/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <cstdlib>

#include "libprof/fetch/addresses.h"
#include "libprof/fetch/client_certificate.h"
#include "libprof/fetch/pipe_signal.h"
#include "libprof/fetch/proxy.h"
#include "libprof/fetch/watchdog.h"

namespace prof::fetch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxRedirects = 20;
constexpr uint64_t kMaxRefusal = 64 << 10;  // of the body of what is no 200 answer only a line is shown

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

// Of a request to `url`, through `proxy` where there is one.
struct Way {
  const Url& url;
  const std::optional<Url>& proxy;
  int timeout;  // of the whole request, seconds

  const Url& peer() const { return proxy ? *proxy : url; }
  std::string cannot() const { return "cannot fetch " + url.text() + ": "; }
  std::string through() const { return proxy ? " through the proxy " + proxy->origin() : ""; }
};

tl::unexpected<Error> late(const Way& way) {
  return fail(way.cannot() + fmt::format("no whole answer within {} s{}", way.timeout, way.through()),
              "allow more with --timeout=SECONDS");
}

tl::unexpected<Error> no_connection(const Way& way, const std::string& why) {
  return fail(way.cannot() + why + way.through(), "is the service running, and is this its port?");
}

tl::unexpected<Error> failure(const Way& way, httplib::Error error, const ClientCertificate& certificate,
                              const std::vector<std::string>& addresses) {
  const Url& url = way.url;
  const std::string cannot = way.cannot(), through = way.through();
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
      return no_connection(way, connection_failure(way.peer(), addresses));
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

bool is_without_connection(httplib::Error error) {
  return error == httplib::Error::Connection || error == httplib::Error::ConnectionTimeout;
}

// To the first of the addresses that takes a connection.
httplib::Result send_to(httplib::Client& client, const Way& way, const std::vector<std::string>& addresses,
                        const httplib::Request& request, Clock::time_point deadline) {
  for (size_t i = 0;; i++) {
    if (way.proxy) {
      client.set_proxy(addresses[i], way.proxy->port);
    } else {
      client.set_hostname_addr_map({{bare_host(way.url), addresses[i]}});
    }
    auto result = client.send(request);
    const bool is_last = i + 1 == addresses.size() || Clock::now() >= deadline;
    if (is_last || result || !is_without_connection(result.error())) return result;
  }
}

struct Answer {
  int status = 0;
  std::string reason, body, location;
};

Result<Answer> send_once(const Url& url, const Options& options, const std::optional<std::string>& body,
                         Clock::time_point deadline, int timeout) {
  const auto proxy = proxy_for(url, [](const char* name) -> const char* { return std::getenv(name); });
  const Way way = {url, proxy, timeout};
  const Lookup found = look_up(way.peer(), deadline);
  if (!found.failure.empty()) return no_connection(way, found.failure);
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
  if (found.addresses.empty() || left.count() <= 0) return late(way);
  const NoPipeSignal no_pipe_signal;
  httplib::Client client(url.origin(), options.tls_cert, options.tls_key);
  ClientCertificate certificate(!options.tls_cert.empty());
  if (!client.is_valid()) {
    return failure(way, httplib::Error::SSLLoadingCerts, certificate, found.addresses);
  }
  if (url.is_https) certificate.watch(client.ssl_context());
  set_up(client, url, proxy, options, static_cast<int>(left.count()));

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
  const auto result = send_to(client, way, found.addresses, request, deadline);
  if (is_large) {
    if (answer.status != 200) return answer;
    return fail(fmt::format("cannot fetch {}: it sends more than {} bytes", url.text(), options.max_bytes));
  }
  const bool is_late = watchdog.has_fired() || (!result && Clock::now() >= deadline);
  if (result && !is_late) {
    take_head(*result);
    return answer;
  }
  if (is_late) return late(way);
  if (is_chunked && result.error() == httplib::Error::Read) {
    return fail(
        "cannot fetch " + url.text() +
            ": the connection broke off before the whole answer was there, or fields follow it (trailers), "
            "which the HTTP library does not read",
        "try again; where the service sends trailers, fetch it with `curl -o FILE`");
  }
  const ClientCertificate no_matter(false);  // to a server that has begun to answer
  return failure(way, result.error(), answer.status == 0 ? certificate : no_matter, found.addresses);
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
