// What a server that asks for a client certificate makes of it. httplib tells no more than that the
// connection broke off: since TLS 1.3 a server refuses only when the handshake has already succeeded for us.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace prof::fetch {

// Watches one connection, from before it is made, and outlives it.
class ClientCertificate {
 public:
  explicit ClientCertificate(bool is_given) : is_given_(is_given) {}
  ClientCertificate(const ClientCertificate&) = delete;
  ClientCertificate& operator=(const ClientCertificate&) = delete;

  void watch(SSL_CTX* context);

  bool is_asked_for() const { return is_asked_for_; }
  // Whether the server that asks has a certificate that was verified, but for its name.
  bool is_for_trusted() const { return is_for_trusted_; }
  // Of a connection that broke off (`in_request`: before the request was taken): the server did not take the
  // certificate that it was given. `reason`: what it said, or "".
  bool is_refused(bool in_request, std::string& reason) const;

 private:
  const bool is_given_;
  bool is_asked_for_ = false;
  bool is_for_trusted_ = true;
  int alert_ = -1;  // level << 8 | description, RFC 8446, 6
};

}  // namespace prof::fetch
