#include "flamegraph/web/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace prof::flame::web {
namespace {

bool is_to_be_tried_again(int error) { return error == EAGAIN || error == EINTR; }

using Name = int (*)(int, sockaddr*, socklen_t*);

void address_of(int socket, Name name, std::string& ip, int& port) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  auto* const general = reinterpret_cast<sockaddr*>(&address);
  char host[NI_MAXHOST], service[NI_MAXSERV];
  if (name(socket, general, &size) != 0 ||
      ::getnameinfo(general, size, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  ip = host;
  port = std::atoi(service);
}

}  // namespace

Connection::Connection(int socket) : socket_(socket) {}

bool Connection::wait_for(short event, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd ready = {socket_, event, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

bool Connection::is_readable() const { return read_ < ahead_.size() || wait_for(POLLIN, reading_until_); }

bool Connection::is_writable() const { return wait_for(POLLOUT, Clock::now() + kPatience); }

ssize_t Connection::read(char* data, size_t size) {
  if (read_ == ahead_.size()) {
    char received[4096];
    ssize_t count = 0;
    do {
      if (!wait_for(POLLIN, reading_until_)) return -1;
      count = ::recv(socket_, received, sizeof received, MSG_DONTWAIT);
    } while (count < 0 && is_to_be_tried_again(errno));
    if (count <= 0) return count;
    ahead_.assign(received, static_cast<size_t>(count));
    read_ = 0;
  }
  size = std::min(size, ahead_.size() - read_);
  std::memcpy(data, ahead_.data() + read_, size);
  read_ += size;
  return static_cast<ssize_t>(size);
}

ssize_t Connection::write(const char* data, size_t size) {
  const auto now = Clock::now();
  if (writing_until_ == Clock::time_point()) writing_until_ = now + kPatience;
  ssize_t count = 0;
  do {
    if (!wait_for(POLLOUT, std::min(now + kPatience, writing_until_))) return -1;
    count = ::send(socket_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && is_to_be_tried_again(errno));
  if (count > 0)
    writing_until_ += std::chrono::microseconds(1'000'000 * count / static_cast<ssize_t>(kSlowest));
  return count;
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  address_of(socket_, ::getpeername, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  address_of(socket_, ::getsockname, ip, port);
}

}  // namespace prof::flame::web
