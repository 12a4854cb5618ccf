#include "libprof/fetch/client_certificate.h"

#include <algorithm>

namespace prof::fetch {
namespace {

constexpr int kRefusals[] = {SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE,
                             SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
                             SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
                             SSL_AD_ACCESS_DENIED};

}  // namespace

void ClientCertificate::watch(SSL_CTX* context) {
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_cert_cb(
      context,
      [](SSL* ssl, void* self_) {
        auto* const self = static_cast<ClientCertificate*>(self_);
        self->is_asked_for_ = true;
        self->is_for_trusted_ = SSL_get_verify_result(ssl) == X509_V_OK;
        return 1;
      },
      this);
  SSL_CTX_set_info_callback(context, [](const SSL* ssl, int where, int value) {
    if (where != SSL_CB_READ_ALERT) return;
    static_cast<ClientCertificate*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->alert_ = value;
  });
}

bool ClientCertificate::is_refused(bool in_request, std::string& reason) const {
  if (!is_asked_for_ || !is_given_) return false;
  reason = alert_ < 0 ? "" : SSL_alert_desc_string_long(alert_);
  return alert_ < 0
             ? in_request
             : std::find(std::begin(kRefusals), std::end(kRefusals), alert_ & 0xff) != std::end(kRefusals);
}

}  // namespace prof::fetch
