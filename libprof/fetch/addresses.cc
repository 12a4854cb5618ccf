#include "libprof/fetch/addresses.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace prof::fetch {
namespace {

using Clock = std::chrono::steady_clock;

struct Question {
  std::string host;
  addrinfo hints = {};
  gaicb request = {};

  ~Question() {
    if (request.ar_result != nullptr) ::freeaddrinfo(request.ar_result);
  }
};

// 0, or getaddrinfo's error; EAI_INPROGRESS where the time was up.
int wait_for(gaicb& request, Clock::time_point deadline) {
  const gaicb* const list[] = {&request};
  int error = 0;
  while ((error = ::gai_error(&request)) == EAI_INPROGRESS) {
    const std::chrono::nanoseconds left = deadline - Clock::now();
    if (left.count() <= 0) break;
    constexpr int64_t kSecond = 1'000'000'000;
    const timespec wait = {left.count() / kSecond, left.count() % kSecond};
    (void)::gai_suspend(list, 1, &wait);
  }
  return error;
}

std::string number_of(const addrinfo& address) {
  char text[NI_MAXHOST];
  const int error =
      ::getnameinfo(address.ai_addr, address.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text : "";
}

// What connecting a socket to one address says; 0 or EINPROGRESS where it says nothing.
int reason_of(const addrinfo& address) {
  const int fd =
      ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (fd < 0) return 0;
  int reason = 0;
  if (::connect(fd, address.ai_addr, address.ai_addrlen) != 0) reason = errno;
  if (reason == EINPROGRESS) {
    pollfd ready = {fd, POLLOUT, 0};
    socklen_t size = sizeof reason;
    if (::poll(&ready, 1, 1000) == 1) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size);
  }
  ::close(fd);
  return reason;
}

}  // namespace

std::string bare_host(const Url& url) {
  return url.host.starts_with('[') ? url.host.substr(1, url.host.size() - 2) : url.host;
}

Lookup look_up(const Url& url, Clock::time_point deadline) {
  auto question = std::make_unique<Question>();
  question->host = bare_host(url);
  question->hints.ai_socktype = SOCK_STREAM;
  gaicb& request = question->request;
  request.ar_name = question->host.c_str();
  request.ar_request = &question->hints;
  gaicb* list[] = {&request};
  int error = ::getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr);
  if (error == 0) error = wait_for(request, deadline);
  if (error == EAI_INPROGRESS) {
    // The answer, if one comes, is written into it: it stays.
    if (::gai_cancel(&request) == EAI_NOTCANCELED) (void)question.release();
    return {};
  }
  if (error != 0) return {{}, fmt::format("cannot find the host {}: {}", url.host, ::gai_strerror(error))};
  Lookup found;
  for (const addrinfo* one = request.ar_result; one != nullptr; one = one->ai_next) {
    std::string number = number_of(*one);
    if (!number.empty()) found.addresses.push_back(std::move(number));
  }
  if (found.addresses.empty()) found.failure = fmt::format("the host {} has no address", url.host);
  return found;
}

std::string connection_failure(const Url& url, const std::vector<std::string>& addresses) {
  int reason = 0;
  for (const std::string& number : addresses) {
    addrinfo hints = {}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    if (::getaddrinfo(number.c_str(), std::to_string(url.port).c_str(), &hints, &found) != 0) continue;
    reason = reason_of(*found);
    ::freeaddrinfo(found);
    if (reason != 0 && reason != EINPROGRESS) break;
  }
  if (reason == 0 || reason == EINPROGRESS) return "no connection";
  return fmt::format("{}:{}: {}", url.host, url.port, std::strerror(reason));
}

}  // namespace prof::fetch
