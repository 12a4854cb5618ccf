// A client's connection, held to its time: those of httplib begin anew with each byte, so that a client which
// sends or takes one now and then kept its worker for ever.
#pragma once

#include <httplib.h>

#include <chrono>
#include <string>

namespace prof::flame::web {

// A request has to be whole within kPatience. An answer has to be taken on within kPatience each time, and by
// kSlowest bytes a second: a page of some megabytes gets through a slow tunnel.
class Connection final : public httplib::Stream {
 public:
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr size_t kSlowest = size_t{16} << 10;

  explicit Connection(int socket);  // stays the caller's

  bool is_readable() const override;
  bool is_writable() const override;
  // -1 once the time is up.
  ssize_t read(char* data, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool wait_for(short event, Clock::time_point deadline) const;

  const int socket_;
  const Clock::time_point reading_until_ = Clock::now() + kPatience;
  Clock::time_point writing_until_;  // grows with what is written
  std::string ahead_;                // was received and not read: httplib reads byte by byte
  size_t read_ = 0;                  // of it
};

}  // namespace prof::flame::web
